import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { ByteBudget } from '../../domain/byte-budget.js';
import { jsonSize } from '../../domain/json-size.js';
import { END_STEPS, type LifecycleMessage, type RunMessage, type Step } from '../../domain/lifecycle-message.js';
import { messageOf } from '../../domain/thrown.js';
import type { Consumer } from '../../outbox/consumer.js';
import { Consumers } from '../../outbox/consumers.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import type { StoredEvent } from '../event.store.js';
import { EventsService } from '../events.service.js';
import { isRefusal } from '../former-starts.js';
import { TaskMatcher } from '../task-matcher.js';
import { ChainedOrganizations } from './chained-organizations.js';
import { endEvent } from './end-event.js';

/** How long messages wait at the most until others have started what waits for them (ms). */
const MOST_WAIT_MS = 250;
/** What an event that is dispatched counts beside its data (bytes). */
const BESIDE_DATA = 4096;

/** Raises an event at the end of each run that some task waits for: from the outbox, so that none is missed. */
@Injectable()
export class ChainConsumer implements Consumer, OnModuleInit {
  readonly name = 'chains';
  readonly steps: ReadonlySet<Step> = new Set(END_STEPS);
  readonly batch = { items: 50, bytes: 1_048_576 };
  /** What triggers and templates see of an output. */
  readonly outputBytes = 32_768;
  /** Of the events that are being dispatched. */
  private readonly room: ByteBudget;
  private readonly logger = new Logger(ChainConsumer.name);

  constructor(
    private readonly consumers: Consumers,
    private readonly organizations: ChainedOrganizations,
    private readonly matcher: TaskMatcher,
    private readonly events: EventsService,
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) { heldBytes }: Pick<EngineSettings, 'heldBytes'>,
  ) {
    this.room = new ByteBudget(heldBytes / 10);
  }

  onModuleInit(): void {
    this.consumers.add(this);
  }

  get isIdle(): boolean {
    return !this.organizations.any;
  }

  wants({ organization }: LifecycleMessage): boolean {
    return this.organizations.has(organization);
  }

  /**
   * Resolves when the events are stored, and what waits for them is started, unless that takes long: then it goes on beside
   * what comes next, so that no organization waits for the many tasks of another.
   */
  async deliver(messages: readonly LifecycleMessage[]): Promise<void> {
    const dispatches = await Promise.all(messages.map((message) => this.raise(message as RunMessage)));
    await this.clock.noLongerThan(MOST_WAIT_MS, Promise.all(dispatches.flatMap((dispatch) => dispatch?.done ?? [])));
  }

  /** Resolves when the event is stored, to how it is dispatched. */
  private async raise(message: RunMessage): Promise<{ done: Promise<void> } | undefined> {
    const { organization } = message;
    if (isRefusal(message)) return undefined;
    const event = endEvent(message);
    if (!(await this.matcher.mayBeAwaited(organization, event))) return undefined;
    const stored = await this.events.store({ organization, ...event });
    // Told once more: what it starts was started when it was told first.
    if (stored.dispatched) return undefined;
    const leave = await this.room.take(organization, BESIDE_DATA + jsonSize(stored.data));
    return { done: this.dispatch(stored, message.runId).finally(leave) };
  }

  /** An event that is stored and cannot be dispatched now is recovered as any other. */
  private async dispatch(event: StoredEvent, runId: string): Promise<void> {
    try {
      await this.events.dispatch(event);
    } catch (error) {
      this.logger.warn(`What waits for the end of run ${runId} is started later: ${messageOf(error)}`);
    }
  }
}
