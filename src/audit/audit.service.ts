import { Injectable } from '@nestjs/common';
import { entryOf, type AuditEntry } from './audit-entry.js';
import { AuditReads, type AuditFilter } from './audit.store.js';
import { ChainCheck, type InvalidEntry } from './chain-check.js';
import { CheckpointSigner } from './checkpoint-signer.js';

const PAGE = 500;

/** Whether a trail is as it was written, and up to where that was looked at. */
export interface Verification {
  valid: boolean;
  /** How many entries were found to be good. */
  checked: number;
  firstInvalid?: InvalidEntry;
}

/** Shows and proves the audit trail, within one organization at a time. */
@Injectable()
export class AuditService {
  constructor(
    private readonly store: AuditReads,
    private readonly signer: CheckpointSigner,
  ) {}

  /** Entries, newest first; `before` is the sequence at which the page before ended. */
  async list(
    organization: string,
    filter: AuditFilter,
    page: { before?: number | undefined; limit: number },
  ): Promise<AuditEntry[]> {
    return (await this.store.list(organization, filter, page)).map(entryOf);
  }

  /** Every entry that the filter lets through, oldest first. */
  async *export(organization: string, filter: AuditFilter): AsyncGenerator<AuditEntry> {
    for (let after = 0; ;) {
      const page = await this.store.chain(organization, filter, after, PAGE);
      yield* page.map(entryOf);
      if (page.length < PAGE) return;
      after = page.at(-1)!.sequence;
    }
  }

  /** Walks the whole trail to the first entry that was altered, removed or put elsewhere. */
  async verify(organization: string): Promise<Verification> {
    for (;;) {
      const base = await this.store.checkpoint(organization, 'base');
      const result = await this.verifyFrom(organization, base);
      // Retention may have removed entries under the walk; then it begins anew, further on.
      const now = await this.store.checkpoint(organization, 'base');
      if (result.valid || now?.sequence === base?.sequence) return result;
    }
  }

  private async verifyFrom(
    organization: string,
    base: Awaited<ReturnType<AuditReads['checkpoint']>>,
  ): Promise<Verification> {
    const head = await this.store.checkpoint(organization, 'head');
    for (const checkpoint of [base, head]) {
      const reason = checkpoint && this.signer.fault(checkpoint);
      if (checkpoint && reason) return invalid(0, { sequence: checkpoint.sequence, reason });
    }
    const check = new ChainCheck(organization, base, head);
    const wrong = (await this.walk(organization, check)) ?? check.finish();
    return wrong ? invalid(check.checked, wrong) : { valid: true, checked: check.checked };
  }

  private async walk(organization: string, check: ChainCheck): Promise<InvalidEntry | null> {
    for (;;) {
      const page = await this.store.chain(organization, {}, check.position, PAGE);
      for (const record of page) {
        const wrong = check.next(record);
        if (wrong) return wrong;
      }
      if (page.length < PAGE) return null;
    }
  }
}

const invalid = (checked: number, firstInvalid: InvalidEntry): Verification => ({
  valid: false,
  checked,
  firstInvalid,
});
