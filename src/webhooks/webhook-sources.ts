import { Injectable } from '@nestjs/common';
import { currentActor } from '../audit/actor.js';
import { AuditRecorder } from '../audit/audit-recorder.js';
import { differences } from '../audit/differences.js';
import { ChangeLines } from '../clock/change-lines.js';
import { Clock } from '../clock/clock.js';
import { NotFoundError, QuotaExceededError, StateConflictError } from '../domain/errors.js';
import { checked } from '../domain/faults.js';
import { newId } from '../domain/ids.js';
import type { JsonObject } from '../domain/json.js';
import type { Page } from '../domain/listing.js';
import { demandVersion, type VersionCondition } from '../domain/version-condition.js';
import { UnderLocks } from '../locking/under-locks.js';
import { QuotasService } from '../organizations/quotas.service.js';
import { mergePatch } from '../domain/merge-patch.js';
import { KnownSources } from './known-sources.js';
import { WebhookDeliveryStore } from './ports/webhook-delivery.store.js';
import { WebhookSourceReads, WebhookSourceStore } from './ports/webhook-source.store.js';
import { MOST_SECRETS } from './schemes/macs.js';
import { schemeOf } from './schemes/schemes.js';
import { demandSound, newSourceSchema, patchMembersSchema, sourceChangeSchema } from './source-definition.js';
import { SourceSecrets } from './source-secrets.js';
import { activeSecrets, type WebhookSecret, type WebhookSource } from './webhook-source.js';

/** How long a secret is accepted after another one took its place (ms). */
const ROTATION_MS = 86_400_000;
/** How many sources an organization may have where no quota says less. */
const MOST_SOURCES = 1000;

/** A source and its new secret, which cannot be shown again. */
export interface WithSecret {
  source: WebhookSource;
  /** Absent unless there is a new one. */
  secret?: string;
}

/** Creates, shows, changes and removes webhook sources. */
@Injectable()
export class WebhookSources {
  private readonly lines: ChangeLines;

  constructor(
    private readonly store: WebhookSourceStore,
    private readonly reads: WebhookSourceReads,
    private readonly deliveries: WebhookDeliveryStore,
    private readonly known: KnownSources,
    private readonly secrets: SourceSecrets,
    private readonly quotas: QuotasService,
    private readonly locks: UnderLocks,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
  ) {
    this.lines = new ChangeLines(clock);
  }

  /**
   * Creates a source. It replaces one with the same `id`, whose secret was lost with the answer.
   * @throws InvalidInputError, QuotaExceededError
   */
  async create(organization: string, input: unknown, id?: string): Promise<WithSecret> {
    const { secret: given, scheme, ...rest } = checked(newSourceSchema, input);
    demandSound(scheme, rest, given);
    const now = this.clock.now();
    const secret = given ?? schemeOf(scheme).newSecret();
    const own = { id: id ?? newId(now), organization, version: 1, ...rest, scheme };
    const secrets = [this.secrets.sealNew(own, secret, now)];
    const source = { ...own, secrets, createdBy: currentActor().id, createdAt: now, updatedAt: now };
    if (id !== undefined) await this.store.remove(organization, id);
    await this.insert(source);
    this.known.forget(source.id);
    await this.record(source, 'created', { after: viewOf(source) });
    return { source, secret };
  }

  private async insert(source: WebhookSource): Promise<void> {
    const { organization } = source;
    const { webhookSources: most = MOST_SOURCES } = await this.quotas.of(organization);
    const key = `quota/webhook-sources/${encodeURIComponent(organization)}`;
    await this.locks.do('quota', [key], async () => {
      if ((await this.store.count(organization, most)) >= most)
        throw new QuotaExceededError(`The organization may have ${most} webhook sources, and has as many.`);
      if (!(await this.store.insert(source))) throw new StateConflictError('There is a webhook source with this id.');
    });
  }

  list(organization: string, page: Page): Promise<WebhookSource[]> {
    return this.reads.list(organization, page);
  }

  /** @throws NotFoundError */
  async get(organization: string, id: string): Promise<WebhookSource> {
    const source = await this.store.find(id);
    if (source?.organization !== organization) throw new NotFoundError('webhook source', id);
    return source;
  }

  /**
   * Applies a merge patch. With a secret, the current one is accepted for another day.
   * @throws InvalidInputError, NotFoundError, VersionMismatchError, StateConflictError
   */
  async change(organization: string, id: string, patch: unknown, condition?: VersionCondition): Promise<WithSecret> {
    const { secret: given, ...changes } = checked(patchMembersSchema, patch);
    let made: string | undefined;
    const isRotated = given !== undefined;
    const { before, after } = await this.replaced(organization, id, condition, (source, now) => {
      const { name, event, mapping, enabled } = source;
      const merged = checked(sourceChangeSchema, mergePatch({ name, event, mapping, enabled }, changes));
      demandSound(source.scheme, merged, given ?? undefined);
      if (!isRotated) return { ...source, ...merged };
      made = given ?? schemeOf(source.scheme).newSecret();
      return { ...source, ...merged, secrets: this.rotated(source, made, now) };
    });
    const seen = differences(viewOf(before), viewOf(after));
    await this.record(after, 'changed', isRotated ? { ...seen, after: { ...seen.after, secret: 'rotated' } } : seen);
    return { source: after, ...(isRotated && { secret: made! }) };
  }

  private rotated(source: WebhookSource, text: string, now: number): WebhookSecret[] {
    const old = activeSecrets(source, now).map((each) => ({ ...each, endsAt: each.endsAt ?? now + ROTATION_MS }));
    if (old.length >= MOST_SECRETS)
      throw new StateConflictError(
        `The source accepts ${MOST_SECRETS} secrets at a time: end one of those that another took the place of.`,
      );
    return [this.secrets.sealNew(source, text, now), ...old];
  }

  /** Ends a secret that another one took the place of, at once. @throws NotFoundError, StateConflictError */
  async endSecret(organization: string, id: string, secretId: string): Promise<void> {
    const { after } = await this.replaced(organization, id, undefined, (source) => {
      const secret = source.secrets.find((each) => each.id === secretId);
      if (!secret) throw new NotFoundError('secret', secretId);
      if (secret.endsAt === null)
        throw new StateConflictError('This is the current secret of the source: let another one take its place first.');
      return { ...source, secrets: source.secrets.filter((each) => each !== secret) };
    });
    await this.record(after, 'secret-ended', { before: { secret: secretId } });
  }

  /** Removes a source and what came in at it. @throws NotFoundError */
  async remove(organization: string, id: string, condition?: VersionCondition): Promise<void> {
    const source = await this.get(organization, id);
    if (condition) demandVersion(id, String(source.version), condition);
    if (!(await this.store.remove(organization, id))) throw new NotFoundError('webhook source', id);
    this.known.forget(id);
    await this.record(source, 'removed', { before: viewOf(source) });
    const nothing = { most: 0, bytes: 0 };
    for (const result of ['accepted', 'refused'] as const)
      await this.deliveries.trim({ organization, source: id }, result, nothing);
  }

  private async replaced(
    organization: string,
    id: string,
    condition: VersionCondition | undefined,
    changed: (source: WebhookSource, now: number) => WebhookSource,
  ): Promise<{ before: WebhookSource; after: WebhookSource }> {
    const done = await this.lines.change(id, 'The webhook source', async () => {
      const before = await this.get(organization, id);
      if (before.unreadable !== undefined) throw new StateConflictError(`The source cannot be changed: ${before.unreadable}.`); // prettier-ignore
      const now = this.clock.now();
      const after = { ...changed(before, now), version: before.version + 1, updatedAt: now };
      // A condition counts only if the change could otherwise be made (RFC 9110, section 13.2.1).
      if (condition) demandVersion(id, String(before.version), condition);
      return (await this.store.replace(after, before.version)) ? { before, after } : undefined;
    });
    this.known.forget(id);
    return done;
  }

  /** Records something that was done with a source. */
  async record(
    { organization, id }: WebhookSource,
    what: string,
    members: { before?: JsonObject; after?: JsonObject },
  ): Promise<void> {
    const object = { type: 'webhook-source' as const, id };
    await this.audit.record({ organization, action: `webhook-source.${what}`, object, ...members });
  }
}

/** The view of a source in the audit trail: nothing of a secret. */
const viewOf = ({ name, enabled, scheme, event, mapping }: WebhookSource): JsonObject =>
  JSON.parse(JSON.stringify({ name, enabled, scheme, event, mapping })) as JsonObject;
