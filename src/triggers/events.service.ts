import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { Clock } from '../clock/clock.js';
import { newId } from '../domain/ids.js';
import type { Json } from '../domain/json.js';
import { EventPublisher } from '../integrations/event-publisher.js';
import { GroupCommit } from '../storage/group-commit.js';
import { EventStore, type StoredEvent } from './event.store.js';

/** What an event has started. */
export interface Dispatched {
  eventId: string;
  triggeredTasks: string[];
  runs: string[];
  /** How many tasks more would have been started, had the event not started as many runs as one may. */
  refused?: number;
}

const EVENT_RECEIVED = 'event.received';

/** Carries events, over an emitter of the engine's own, to whoever starts the tasks that wait for them. */
export class EventChannel {
  private readonly emitter = new EventEmitter2();

  /** Calls `listener` for each event; it answers with what the event has started. */
  onReceived(listener: (event: StoredEvent) => Promise<Dispatched>): void {
    this.emitter.on(EVENT_RECEIVED, (event: StoredEvent): unknown => listener(event));
  }

  /** Resolves to the listeners' answers; rejects when one of them does. */
  async forward(event: StoredEvent): Promise<Dispatched[]> {
    return (await this.emitter.emitAsync(EVENT_RECEIVED, event)) as Dispatched[];
  }
}

/** Takes in events: stored and deduplicated first, then forwarded in-process to whoever starts what waits for them. */
@Injectable()
export class EventsService extends EventPublisher {
  private readonly commits: GroupCommit<StoredEvent, StoredEvent>;

  constructor(
    private readonly store: EventStore,
    private readonly channel: EventChannel,
    private readonly clock: Clock,
  ) {
    super();
    this.commits = new GroupCommit((events) => this.storeNew(events), { limit: 1000 });
  }

  /**
   * Stores an event and starts the tasks that it triggers; resolves when their runs are stored. An `id` that is known
   * in the organization stores nothing again, and starts nothing twice.
   */
  async receive(organization: string, type: string, data: Json, id?: string): Promise<Dispatched> {
    const now = this.clock.now();
    const event = { organization, id: id ?? newId(now), type, data, receivedAt: now, dispatched: false };
    return this.forward(await this.commits.add(event));
  }

  publish(organization: string, type: string, data: Json, id: string): Promise<Dispatched> {
    return this.receive(organization, type, data, id);
  }

  /**
   * Forwards up to `limit` events that were stored before `before` (epoch ms), but whose runs may not have been: their
   * instance died in between. Resolves to how many there were.
   */
  async recover(before: number, limit: number): Promise<number> {
    const events = await this.store.undispatched(before, limit);
    for (const event of events) await this.forward(event);
    return events.length;
  }

  private async forward(event: StoredEvent): Promise<Dispatched> {
    const answers = await this.channel.forward(event);
    if (!event.dispatched) await this.store.markDispatched([event]);
    return answers[0] ?? { eventId: event.id, triggeredTasks: [], runs: [] };
  }

  private async storeNew(events: StoredEvent[]): Promise<StoredEvent[]> {
    const key = ({ organization, id }: StoredEvent) => JSON.stringify([organization, id]);
    const first = new Map(events.toReversed().map((event) => [key(event), event]));
    for (const known of await this.store.insert([...first.values()].reverse())) first.set(key(known), known);
    return events.map((event) => first.get(key(event))!);
  }
}
