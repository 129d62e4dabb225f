import { Injectable, Logger } from '@nestjs/common';
import { z } from 'zod';
import { AuditRecorder } from '../audit/audit-recorder.js';
import { ChangeLines } from '../clock/change-lines.js';
import { Clock } from '../clock/clock.js';
import { InvalidInputError } from '../domain/errors.js';
import type { Exclusion } from '../domain/part.js';
import { queueNameSchema } from '../domain/queue.js';
import { InstallationSettingsService, type InstallationPause } from './installation-settings.service.js';
import { SettingsStore } from './settings.store.js';

/** A queue of an organization of which nothing starts. */
export interface QueuePause {
  queue: string;
  reason: string;
  /** Whether it is so because nothing of anybody starts. */
  ofAll?: true;
  /** Since when (epoch ms). */
  since: number;
}

/** How many queues of an organization may be paused at a time. */
const MOST_PAUSED = 100;

const pausesSchema = z.object({
  pauses: z.array(z.object({ queue: queueNameSchema, reason: z.string(), since: z.number() })),
});
const indexSchema = z.object({ organizations: z.array(z.tuple([z.string(), z.number()])) });

interface Known {
  version: number;
  pauses: ReadonlyMap<string, QueuePause>;
}

/** Leaves out whatever there is. */
const EVERYTHING: readonly Exclusion[] = [{}];

/** No organization has such a name. */
const INDEX = JSON.stringify(['paused queues']);
const keyOf = (organization: string): string => JSON.stringify(['paused queues', organization]);

/**
 * Knows which queues are paused, as of the last look, and pauses and resumes them. What is paused stands under a key of
 * each organization; which organizations have changed that, and how often, stands under one key for all, so that a look
 * costs one small read.
 */
@Injectable()
export class QueuePauses {
  private known = new Map<string, Known>();
  private left: readonly Required<Pick<Exclusion, 'organization' | 'queue'>>[] = [];
  private readonly listeners: ((hasResumed: boolean) => void)[] = [];
  private readonly lines: ChangeLines;
  private readonly logger = new Logger(QueuePauses.name);

  constructor(
    private readonly store: SettingsStore,
    private readonly clock: Clock,
    private readonly audit: AuditRecorder,
    private readonly installation: InstallationSettingsService,
  ) {
    this.lines = new ChangeLines(clock);
    installation.onPause(() => this.tell(this.whole === null));
  }

  /** The pause of the queue; undefined while it is not paused. */
  of(organization: string, queue: string): QueuePause | undefined {
    if (this.whole) return { ...this.whole, queue, ofAll: true };
    return this.known.size === 0 ? undefined : this.known.get(organization)?.pauses.get(queue);
  }

  /** The pause of everything, as of the last look; null while there is none. */
  get whole(): InstallationPause | null {
    return this.installation.pause;
  }

  /** What searches leave out because its queue is paused. */
  get exclusions(): readonly Exclusion[] {
    return this.whole ? EVERYTHING : this.left;
  }

  /** Calls `listener` when other queues are paused than before, with whether one has resumed. */
  onChange(listener: (hasResumed: boolean) => void): void {
    this.listeners.push(listener);
  }

  /** Reads what has changed since the last look. @throws StoreUnavailableError */
  async look(): Promise<void> {
    await this.installation.look();
    const index = indexSchema.safeParse((await this.store.get(INDEX))?.settings ?? { organizations: [] });
    // What cannot be read says nothing new; the next change mends it.
    const changed = (index.data?.organizations ?? []).filter(
      ([organization, version]) => (this.known.get(organization)?.version ?? 0) < version,
    );
    if (changed.length === 0) return;
    const read = await Promise.all(changed.map(async ([name]) => [name, await this.read(name)] as const));
    const known = new Map(this.known);
    for (const [organization, { version, pauses }] of read) {
      if (version >= (known.get(organization)?.version ?? 0))
        known.set(organization, { version, pauses: byQueue(pauses) });
    }
    this.take(known);
  }

  /** The paused queues of the organization, as currently stored. */
  async list(organization: string): Promise<readonly QueuePause[]> {
    return (await this.read(organization)).pauses;
  }

  /** Lets nothing of the queue start until it resumes; of a paused one it changes the reason. @throws InvalidInputError */
  async pause(organization: string, queue: string, reason: string): Promise<QueuePause> {
    const { before, after } = await this.change(organization, (pauses) => {
      const since = pauses.find((pause) => pause.queue === queue)?.since ?? this.clock.now();
      const others = pauses.filter((pause) => pause.queue !== queue);
      if (others.length >= MOST_PAUSED)
        throw new InvalidInputError([
          { pointer: '', detail: `no more than ${MOST_PAUSED} queues can be paused at a time` },
        ]);
      return [...others, { queue, reason, since }];
    });
    const pause = after.find((each) => each.queue === queue)!;
    await this.record(organization, 'queue.paused', queue, before, pause);
    return pause;
  }

  /** Lets the queue go on; one that is not paused stays as it is. */
  async resume(organization: string, queue: string): Promise<void> {
    const { before } = await this.change(organization, (pauses) => pauses.filter((pause) => pause.queue !== queue));
    if (before.some((pause) => pause.queue === queue))
      await this.record(organization, 'queue.resumed', queue, before, null);
  }

  private async change(
    organization: string,
    changed: (pauses: readonly QueuePause[]) => readonly QueuePause[],
  ): Promise<{ before: readonly QueuePause[]; after: readonly QueuePause[] }> {
    const result = await this.lines.change(organization, 'What is paused', async () => {
      const { pauses: before, version } = await this.read(organization);
      const after = changed(before);
      const isStored = await this.store.put(keyOf(organization), { pauses: after }, version);
      return isStored ? { before, after, version: version + 1 } : undefined;
    });
    await this.announce(organization, result.version);
    await this.look();
    return result;
  }

  /** Tells the instances that something has changed. */
  private async announce(organization: string, version: number): Promise<void> {
    await this.lines.change(INDEX, 'What is paused', async () => {
      const stored = await this.store.get(INDEX);
      const index = indexSchema.safeParse(stored?.settings);
      const entries = new Map(index.data?.organizations);
      entries.set(organization, Math.max(version, entries.get(organization) ?? 0));
      const isStored = await this.store.put(INDEX, { organizations: [...entries] }, stored?.version ?? 0);
      return isStored ? true : undefined;
    });
  }

  private async read(organization: string): Promise<{ pauses: readonly QueuePause[]; version: number }> {
    const stored = await this.store.get(keyOf(organization));
    if (!stored) return { pauses: [], version: 0 };
    const parsed = pausesSchema.safeParse(stored.settings);
    if (!parsed.success || stored.unreadable !== undefined)
      this.logger.error(`The pauses of queues of ${organization} cannot be read: none of its queues counts as paused.`);
    return { pauses: parsed.data?.pauses ?? [], version: stored.version };
  }

  private take(known: Map<string, Known>): void {
    const before = this.left;
    this.known = known;
    this.left = [...known].flatMap(([organization, { pauses }]) =>
      [...pauses.keys()].map((queue) => ({ organization, queue })),
    );
    const hasResumed = before.some(({ organization, queue }) => this.of(organization, queue) === undefined);
    if (!hasResumed && this.left.length === before.length) return;
    this.tell(hasResumed);
  }

  private tell(hasResumed: boolean): void {
    for (const listener of this.listeners) listener(hasResumed);
  }

  private record(
    organization: string,
    action: string,
    queue: string,
    before: readonly QueuePause[],
    after: QueuePause | null,
  ): Promise<void> {
    const told = (pause: QueuePause | null) => pause && { reason: pause.reason };
    const former = before.find((pause) => pause.queue === queue) ?? null;
    return this.audit.record({
      organization,
      action,
      object: { type: 'queue', id: queue },
      before: told(former),
      after: told(after),
    });
  }
}

const byQueue = (pauses: readonly QueuePause[]): ReadonlyMap<string, QueuePause> =>
  new Map(pauses.map((pause) => [pause.queue, pause]));
