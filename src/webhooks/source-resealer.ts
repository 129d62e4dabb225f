import { StoreUnavailableError } from '../domain/errors.js';
import { messageOf } from '../domain/thrown.js';
import { everySource } from './every-source.js';
import type { WebhookSourceStore } from './ports/webhook-source.store.js';
import type { SourceSecrets } from './source-secrets.js';
import type { WebhookSource } from './webhook-source.js';

const LONGEST_REASON = 500;

/** Moves the secrets of webhook sources to the first key of the ring while services run; concurrent changes win. */
export class SourceResealer {
  constructor(
    private readonly store: Pick<WebhookSourceStore, 'page' | 'replace'>,
    private readonly secrets: SourceSecrets,
    /** Receives why something is left under another key. */
    private readonly tell: (what: string) => void,
  ) {}

  async resealAll(): Promise<{ done: number; left: number }> {
    const count = { done: 0, left: 0 };
    for await (const source of everySource(this.store))
      if (this.isOld(source)) count[(await this.reseal(source)) ? 'done' : 'left']++;
    return count;
  }

  private async reseal(source: WebhookSource): Promise<boolean> {
    try {
      if (source.unreadable !== undefined) throw new TypeError(source.unreadable);
      const secrets = source.secrets.map((secret) => this.secrets.sealAnew(source, secret));
      return await this.store.replace({ ...source, secrets, version: source.version + 1 }, source.version);
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      const { id, organization } = source;
      const reason = messageOf(error, LONGEST_REASON);
      this.tell(`The secrets of the webhook source ${id} of ${organization} stay as they are: ${reason}`);
      return false;
    }
  }

  private isOld({ secrets, unreadable }: WebhookSource): boolean {
    return unreadable !== undefined || secrets.some((secret) => !this.secrets.isUnderFirstKey(secret));
  }
}
