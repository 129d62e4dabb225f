import { StoreUnavailableError } from '../../domain/errors.js';
import { messageOf } from '../../domain/thrown.js';
import type { NotificationStore } from '../ports/notification.store.js';
import { channelRecord, type Channel } from './channel.js';
import type { ChannelSecrets } from './channel-secrets.js';
import { everyChannel } from './every-channel.js';

const LONGEST_REASON = 500;

/** Moves the secrets of channels to the first key of the ring while services run; concurrent changes win. */
export class ChannelResealer {
  constructor(
    private readonly store: Pick<NotificationStore, 'behind' | 'replace'>,
    private readonly secrets: ChannelSecrets,
    /** Receives why something is left under another key. */
    private readonly tell: (what: string) => void,
  ) {}

  async resealAll(): Promise<{ done: number; left: number }> {
    const count = { done: 0, left: 0 };
    for await (const channel of everyChannel(this.store))
      if (this.isOld(channel)) count[(await this.reseal(channel)) ? 'done' : 'left']++;
    return count;
  }

  private async reseal(channel: Channel): Promise<boolean> {
    try {
      if (channel.unreadable !== undefined) throw new TypeError(channel.unreadable);
      // Written at the same time as before: its place in the walk stays.
      const anew = { ...this.secrets.sealAnew(channel), version: channel.version + 1 };
      return await this.store.replace(channelRecord(anew), channel.version);
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      const { id, organization } = channel;
      const reason = messageOf(error, LONGEST_REASON);
      this.tell(`The secrets of the notification channel ${id} of ${organization} stay as they are: ${reason}`);
      return false;
    }
  }

  private isOld(channel: Channel): boolean {
    return channel.unreadable !== undefined || !this.secrets.isUnderFirstKey(channel);
  }
}
