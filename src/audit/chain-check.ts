import { canonicalJson } from '../domain/canonical-json.js';
import { GENESIS, hashOf, recordOf, type AuditRecord, type ChainPosition } from './audit-entry.js';
import type { Checkpoint } from './audit.store.js';

/** The first entry that is not as it was written, or the place where one is missing. */
export interface InvalidEntry {
  sequence: number;
  reason: string;
}

/** Walks a chain from its base and finds the first entry that was altered, removed or put elsewhere. */
export class ChainCheck {
  checked = 0;
  private end: ChainPosition;

  constructor(
    private readonly organization: string,
    base: Checkpoint | null,
    private readonly head: Checkpoint | null,
  ) {
    this.end = base ?? GENESIS;
  }

  /** The sequence after which the walk goes on. */
  get position(): number {
    return this.end.sequence;
  }

  /** Takes the next entry; resolves to what is wrong with it. */
  next(record: AuditRecord): InvalidEntry | null {
    const expected = this.end.sequence + 1;
    const reason = this.faultOf(record, expected);
    if (reason !== null) return { sequence: expected, reason };
    this.end = record;
    this.checked++;
    return null;
  }

  /** What is wrong when nothing follows any more. */
  finish(): InvalidEntry | null {
    const { head, end } = this;
    const missing = { sequence: end.sequence + 1, reason: 'the entry is missing: the end of the trail was removed' };
    if (head) return head.sequence > end.sequence ? missing : null;
    return end.sequence > 0 ? { sequence: end.sequence, reason: 'the head checkpoint is missing' } : null;
  }

  private faultOf(record: AuditRecord, expected: number): string | null {
    if (record.sequence !== expected) return 'the entry is missing';
    if (hashOf(record.body) !== record.hash) return 'the entry was altered: its hash does not match';
    if (!isFaithful(record, this.organization)) return 'the entry was altered: what is searched differs from its text';
    if ((JSON.parse(record.body) as { previous: string }).previous !== this.end.hash)
      return 'the entry does not follow the one before: one was altered, removed or put elsewhere';
    if (this.head?.sequence === expected && this.head.hash !== record.hash)
      return 'the entry is not the one that the head checkpoint names';
    return null;
  }
}

/** Tells whether everything beside the text is what the text says. */
function isFaithful(record: AuditRecord, organization: string): boolean {
  try {
    const told = recordOf(record.body, record.hash);
    const sorted = ({ objects, ...rest }: AuditRecord) => canonicalJson({ ...rest, objects: [...objects].sort() });
    return told.organization === organization && sorted(told) === sorted(record);
  } catch {
    return false;
  }
}
