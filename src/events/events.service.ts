import { Injectable, Logger } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { Presence } from '../cluster/presence.js';
import { Clock } from '../clock/clock.js';
import { StateConflictError } from '../domain/errors.js';
import { jsonSize } from '../domain/json-size.js';
import { derivedId, newId } from '../domain/ids.js';
import type { Json } from '../domain/json.js';
import { EventPublisher } from '../integrations/event-publisher.js';
import { eachAlone } from '../batching/each-alone.js';
import { GroupCommit } from '../batching/group-commit.js';
import { messageOf } from '../domain/thrown.js';
import type { TraceContext } from '../domain/trace-context.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { Tracing } from '../tracing/tracing.js';
import type { CloudEvent } from './cloudevents/cloud-event.js';
import { NOTHING_YET, resultOf, type EventOutcome, type EventResult } from './event-outcome.js';
import { EventStore, type DispatchedEvent, type StoredEvent } from './event.store.js';

/** What an event started. */
export interface Dispatched {
  eventId: string;
  triggeredTasks: string[];
  runs: string[];
  /** How many more tasks would have started without the limit on runs per event. */
  refused?: number;
}

/** What an event started, with its record. */
export interface Answer extends Dispatched {
  outcome?: EventOutcome;
  /** How long it took to find the tasks that it starts (ms). */
  matchMs?: number;
}

/** An event to be stored; without an id it gets a new one. */
export type NewEvent = Pick<StoredEvent, 'organization' | 'type' | 'data' | 'source' | 'digest' | 'trace'> & {
  id?: string;
};

/** How many bytes of events are stored at once. */
const LARGEST_BATCH_BYTES = 8_388_608;
/** Of how many events it is recorded at once what came of them, each with 100 runs and tasks at the most. */
const MOST_MARKED = 100;
/** After how many failures an event is given up, and how long the first and the longest wait for another try is (ms). */
const MOST_TRIES = 10;
const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 600_000;
const LONGEST_FAILURE = 1000;

const EVENT_RECEIVED = 'event.received';

/** Carries events, over an emitter of the engine's own, to the code that starts the tasks waiting for them. */
export class EventChannel {
  private readonly emitter = new EventEmitter2();

  /** Calls `listener` for each event, and says whether it is a new one; it resolves to what the event started. */
  onReceived(listener: (event: StoredEvent, isNew: boolean) => Promise<Answer>): void {
    this.emitter.on(EVENT_RECEIVED, (event: StoredEvent, isNew: boolean): unknown => listener(event, isNew));
  }

  /** Resolves to the listeners' answers; rejects when one of them does. */
  async forward(event: StoredEvent, isNew: boolean): Promise<Answer[]> {
    return (await this.emitter.emitAsync(EVENT_RECEIVED, event, isNew)) as Answer[];
  }
}

/** Takes in events: stores and deduplicates them first, then forwards them within the process to what starts tasks. */
@Injectable()
export class EventsService extends EventPublisher {
  private readonly commits: GroupCommit<StoredEvent, StoredEvent>;
  private readonly marks: GroupCommit<DispatchedEvent, undefined>;
  /** New events that were not dispatched yet: nothing can have come of them. */
  private readonly fresh = new WeakSet<StoredEvent>();
  private readonly logger = new Logger(EventsService.name);

  constructor(
    private readonly eventStore: EventStore,
    private readonly channel: EventChannel,
    private readonly clock: Clock,
    private readonly lifecycle: LifecycleEvents,
    private readonly tracing: Tracing,
    presence: Presence,
  ) {
    super();
    this.commits = new GroupCommit((events) => this.storeNew(events), {
      limit: 1000,
      pace: presence.pace(),
      bytes: { most: LARGEST_BATCH_BYTES, of: ({ data }: StoredEvent) => jsonSize(data) },
      partyOf: ({ organization }) => organization,
    });
    this.marks = new GroupCommit((events) => this.mark(events), {
      limit: MOST_MARKED,
      partyOf: ({ organization }) => organization,
    });
  }

  /**
   * Stores an event and starts the tasks that it triggers; resolves when their runs are stored. An `id` that the
   * organization already used stores nothing again, and starts nothing twice.
   */
  async receive(organization: string, type: string, data: Json, id?: string): Promise<Dispatched> {
    const event = { organization, type, data, ...(id !== undefined && { id }), ...this.whence() };
    return this.dispatch(await this.store(event));
  }

  /**
   * Stores an event, as received now unless `receivedAt` (epoch ms) says otherwise; resolves to what is stored under its id,
   * which may be an earlier one. `dispatch` has to follow; if it does not, recovery takes its place.
   */
  async store({ id, receivedAt, ...event }: NewEvent & { receivedAt?: number }): Promise<StoredEvent> {
    const now = this.clock.now();
    const own = { ...event, id: id ?? newId(now), receivedAt: receivedAt ?? now, dispatched: false };
    const stored = await this.commits.add(own);
    if (stored === own) this.fresh.add(stored);
    return stored;
  }

  /** Starts the tasks that a stored event triggers; resolves when their runs are stored. */
  async dispatch(event: StoredEvent): Promise<Dispatched> {
    const isNew = this.fresh.delete(event);
    try {
      return await this.forward(event, isNew, !isNew);
    } catch (error) {
      this.tell(event, 'failed');
      throw error;
    }
  }

  /** Stores all of these events, and starts what they trigger; one whose source and id are known starts nothing twice. */
  async receiveCloudEvents(organization: string, events: readonly CloudEvent[]): Promise<Dispatched[]> {
    const stored = await Promise.all(
      events.map(({ id, source, type, data, trace }) => {
        const event = { organization, type, data, source, ...this.whence(trace) };
        return this.store({ ...event, id: derivedId(0, 'cloudevent', source, id) });
      }),
    );
    return Promise.all(stored.map((event) => this.dispatch(event)));
  }

  /** Where in a trace an event comes from: as it tells itself, or else the request that brings it. */
  whence(told?: TraceContext): { trace?: TraceContext } {
    const trace = this.tracing.isOn ? (told ?? this.tracing.current()) : undefined;
    return trace ? { trace } : {};
  }

  publish(organization: string, type: string, data: Json, id: string): Promise<Dispatched> {
    return this.receive(organization, type, data, id);
  }

  /**
   * Forwards up to `limit` events that were stored before `before` (epoch ms), but whose runs may be missing because
   * their instance died in between. Resolves to their number.
   */
  async recover(before: number, limit: number): Promise<number> {
    const events = await this.eventStore.undispatched(before, limit);
    await eachAlone(
      events,
      (event) => this.forward(event, false),
      (event, error) => this.putOff(event, error),
    );
    return events.length;
  }

  /** One that cannot be dispatched is tried again at growing intervals, and given up in the end; both are on record with it. */
  private async putOff(event: StoredEvent, error: unknown): Promise<void> {
    const { organization, id, tries = 0 } = event;
    const failure = messageOf(error, LONGEST_FAILURE);
    const isLast = tries + 1 >= MOST_TRIES || event.unreadable !== undefined;
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** tries, LONGEST_RETRY_MS);
    await this.eventStore.putOff(event, failure, isLast ? null : this.clock.now() + waitMs);
    this.tell(event, isLast ? 'given-up' : 'failed');
    const what = isLast ? 'is given up' : `is tried again in ${Math.round(waitMs / 1000)} s`;
    this.logger.error(`The event ${id} of ${organization} could not be dispatched and ${what}: ${failure}`);
  }

  private async forward(event: StoredEvent, isNew: boolean, isRepeated = false): Promise<Dispatched> {
    if (event.unreadable !== undefined)
      throw new StateConflictError(`The event cannot be dispatched: ${event.unreadable}.`);
    const [answer] = await this.channel.forward(event, isNew);
    const { outcome, matchMs, ...dispatched } = answer ?? { eventId: event.id, triggeredTasks: [], runs: [] };
    const { organization, id } = event;
    if (!event.dispatched || event.failure !== undefined)
      await this.marks.add({ organization, id, ...(outcome && { outcome }) });
    this.tell(event, isRepeated ? 'duplicate' : resultOf(outcome ?? NOTHING_YET), matchMs);
    return dispatched;
  }

  private tell({ organization, id: eventId }: StoredEvent, result: EventResult, matchMs?: number): void {
    this.lifecycle.emit('event.dispatched', {
      organization,
      eventId,
      result,
      ...(matchMs !== undefined && { matchMs }),
    });
  }

  private async mark(events: DispatchedEvent[]): Promise<undefined[]> {
    await this.eventStore.markDispatched(events);
    return events.map(() => undefined);
  }

  private async storeNew(events: StoredEvent[]): Promise<StoredEvent[]> {
    const key = ({ organization, id }: StoredEvent) => JSON.stringify([organization, id]);
    const first = new Map(events.toReversed().map((event) => [key(event), event]));
    for (const known of await this.eventStore.insert([...first.values()].reverse())) first.set(key(known), known);
    return events.map((event) => first.get(key(event))!);
  }
}
