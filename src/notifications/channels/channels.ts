import { Inject, Injectable } from '@nestjs/common';
import { ENGINE, currentActor } from '../../audit/actor.js';
import { AuditRecorder } from '../../audit/audit-recorder.js';
import { differences } from '../../audit/differences.js';
import { ChangeLines } from '../../clock/change-lines.js';
import { Clock } from '../../clock/clock.js';
import { InvalidInputError, NotFoundError, StateConflictError, type Fault } from '../../domain/errors.js';
import { checked } from '../../domain/faults.js';
import { newId } from '../../domain/ids.js';
import type { JsonObject } from '../../domain/json.js';
import type { Page } from '../../domain/listing.js';
import { demandVersion, type VersionCondition } from '../../domain/version-condition.js';
import { standard } from '../../webhooks/schemes/standard.js';
import { HeldDeliveries } from '../deliveries/held-deliveries.js';
import { NotificationReads, NotificationStore } from '../ports/notification.store.js';
import { NewRecords } from '../new-records.js';
import { MAIL, type Mail } from '../senders/mail.js';
import { channelOf, channelRecord, signingAt, type Channel } from './channel.js';
import { channelPatchSchema, demandFitting, newChannelSchema, type ChannelPatch } from './channel-definition.js'; // prettier-ignore
import { ChannelSecrets } from './channel-secrets.js';

/** How many channels an organization may have. */
export const MOST_CHANNELS = 100;
const ALLOWANCE = { most: MOST_CHANNELS, one: 'notification channel', many: 'notification channels' };
/** How long a secret signs beside the one that took its place (ms). */
const ROTATION_MS = 86_400_000;
const MOST_SECRETS = 3;

/** A channel and its new secret, which cannot be shown again. */
export interface WithSecret {
  channel: Channel;
  /** Absent unless there is a new one. */
  secret?: string;
}

/** Creates, shows, changes and removes channels. */
@Injectable()
export class Channels {
  private readonly lines: ChangeLines;

  constructor(
    private readonly store: NotificationStore,
    private readonly reads: NotificationReads,
    private readonly secrets: ChannelSecrets,
    private readonly held: HeldDeliveries,
    private readonly fresh: NewRecords,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
    @Inject(MAIL) private readonly mail: Mail,
  ) {
    this.lines = new ChangeLines(clock);
  }

  /**
   * Creates a channel. It replaces one with the same `id`, whose secret was lost with the answer.
   * @throws InvalidInputError, QuotaExceededError
   */
  async create(organization: string, input: unknown, id?: string): Promise<WithSecret> {
    const given = checked(newChannelSchema, input);
    if (given.type === 'email' && !this.mail.isThere)
      throw new InvalidInputError([{ pointer: '/type', detail: 'needs SMTP_URL and SMTP_FROM: this installation sends no e-mail' }]); // prettier-ignore
    const now = this.clock.now();
    const own = { id: id ?? newId(now), organization };
    const secret = given.type === 'webhook' ? (given.secret ?? standard.newSecret()) : undefined;
    const url = given.type === 'email' ? null : given.url;
    const channel: Channel = {
      ...own,
      ...{ version: 1, name: given.name, type: given.type, enabled: given.enabled, disabledReason: null },
      ...{ url: url === null ? null : this.secrets.sealUrl(own, url), host: url === null ? null : new URL(url).host },
      to: given.type === 'email' ? given.to : [],
      secrets: secret === undefined ? [] : [this.secrets.sealNew(own, secret, now)],
      ...{ createdBy: currentActor().id, createdAt: now, updatedAt: now },
    };
    if (id !== undefined) await this.store.remove('channel', organization, id);
    await this.fresh.insert(channelRecord(channel), ALLOWANCE);
    await this.record(channel, 'created', { after: viewOf(channel) });
    return { channel, ...(secret !== undefined && { secret }) };
  }

  async list(organization: string, page: Page): Promise<Channel[]> {
    return (await this.reads.list('channel', organization, page)).map(channelOf);
  }

  /** @throws NotFoundError */
  async get(organization: string, id: string): Promise<Channel> {
    const channel = await this.find(organization, id);
    if (!channel) throw new NotFoundError('notification channel', id);
    return channel;
  }

  async find(organization: string, id: string): Promise<Channel | null> {
    const [record] = await this.store.find('channel', organization, [id]);
    return record ? channelOf(record) : null;
  }

  /** The faults of an input whose member `channels` names channels of the organization: those that are not there. */
  async faultsIn(organization: string, channels: readonly string[]): Promise<Fault[]> {
    const known = new Set((await this.store.find('channel', organization, channels)).map(({ id }) => id));
    const detail = 'is not a notification channel of the organization';
    return channels.flatMap((id, index) => (known.has(id) ? [] : [{ pointer: `/channels/${index}`, detail }]));
  }

  /**
   * Applies a merge patch. With a secret, the current one signs as well for another day. What was held is sent once the
   * channel is enabled.
   * @throws InvalidInputError, NotFoundError, VersionMismatchError, StateConflictError
   */
  async change(organization: string, id: string, input: unknown, condition?: VersionCondition): Promise<WithSecret> {
    const patch = checked(channelPatchSchema, input);
    let secret: string | undefined;
    const { before, after } = await this.replaced(organization, id, condition, (channel, now) => {
      demandFitting(channel.type, patch);
      secret = patch.secret === undefined ? undefined : (patch.secret ?? standard.newSecret());
      return this.patched(channel, { ...patch, secret }, now);
    });
    const seen = differences(viewOf(before), viewOf(after));
    await this.record(after, 'changed', secret === undefined ? seen : { ...seen, after: { ...seen.after, secret: 'rotated' } }); // prettier-ignore
    if (patch.enabled === true) await this.held.release(after);
    return { channel: after, ...(secret !== undefined && { secret }) };
  }

  private patched(
    channel: Channel,
    patch: Omit<ChannelPatch, 'secret'> & { secret: string | undefined },
    now: number,
  ): Channel {
    // prettier-ignore
    const { name = channel.name, enabled = channel.enabled, to = channel.to, url, secret } = patch;
    return {
      ...channel,
      ...{ name, enabled, to },
      disabledReason: enabled ? null : channel.disabledReason,
      ...(url !== undefined && { url: this.secrets.sealUrl(channel, url), host: new URL(url).host }),
      ...(secret !== undefined && { secrets: this.rotated(channel, secret, now) }),
    };
  }

  private rotated(channel: Channel, secret: string, now: number): Channel['secrets'] {
    const old = signingAt(channel, now).map((each) => ({ ...each, endsAt: each.endsAt ?? now + ROTATION_MS }));
    return [this.secrets.sealNew(channel, secret, now), ...old].slice(0, MOST_SECRETS);
  }

  /** The runner stops sending to a channel; false if it has stopped, or the channel is gone. */
  async disable(organization: string, id: string, reason: string): Promise<boolean> {
    const channel = await this.find(organization, id);
    if (!channel?.enabled || channel.unreadable !== undefined) return false;
    const off = { ...channel, enabled: false, disabledReason: reason, version: channel.version + 1, updatedAt: this.clock.now() }; // prettier-ignore
    if (!(await this.store.replace(channelRecord(off), channel.version))) return false;
    await this.record(off, 'disabled', { after: { enabled: false, reason } }, ENGINE);
    return true;
  }

  /** Removes a channel. What waits for it is not sent any more. @throws NotFoundError, VersionMismatchError */
  async remove(organization: string, id: string, condition?: VersionCondition): Promise<void> {
    const channel = await this.get(organization, id);
    if (condition) demandVersion(id, String(channel.version), condition);
    if (!(await this.store.remove('channel', organization, id))) throw new NotFoundError('notification channel', id);
    await this.store.remove('health', organization, id);
    await this.record(channel, 'removed', { before: viewOf(channel) });
  }

  private async replaced(
    organization: string,
    id: string,
    condition: VersionCondition | undefined,
    changed: (channel: Channel, now: number) => Channel,
  ): Promise<{ before: Channel; after: Channel }> {
    return this.lines.change(id, 'The notification channel', async () => {
      const before = await this.get(organization, id);
      if (before.unreadable !== undefined) throw new StateConflictError(`The channel cannot be changed: ${before.unreadable}.`); // prettier-ignore
      const now = this.clock.now();
      const after = { ...changed(before, now), version: before.version + 1, updatedAt: now };
      // A condition counts only if the change could otherwise be made (RFC 9110, section 13.2.1).
      if (condition) demandVersion(id, String(before.version), condition);
      return (await this.store.replace(channelRecord(after), before.version)) ? { before, after } : undefined;
    });
  }

  /** Records what was done with a channel, by whom. */
  async record(
    { organization, id }: Channel,
    what: string,
    members: { before?: JsonObject; after?: JsonObject },
    actor?: typeof ENGINE,
  ): Promise<void> {
    const object = { type: 'notification-channel' as const, id };
    await this.audit.record({ organization, action: `notification-channel.${what}`, object, ...members, ...(actor && { actor }) }); // prettier-ignore
  }
}

/** The view of a channel in the audit trail: nothing of an address or a secret. */
const viewOf = ({ name, type, enabled, host, to }: Channel): JsonObject => ({ name, type, enabled, host, to: [...to] });
