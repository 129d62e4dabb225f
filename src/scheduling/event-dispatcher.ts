import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Turns } from '../clock/turns.js';
import type { ReceivedEvent } from '../domain/event.js';
import type { Task } from '../domain/task.js';
import { chainOf } from '../integrations/chained-id.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { EventChannel, type Dispatched } from '../triggers/events.service.js';
import type { StoredEvent } from '../triggers/event.store.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';
import { RunIntake } from './run-intake.js';
import { SetAside } from './set-aside.js';
import { TaskStore } from './task.store.js';

/** Of how many tasks at the most it is recorded that an event did not start them. */
const MOST_RECORDED = 100;

/** Which of the triggered tasks start, and how many runs each event may start that those raise. */
interface Shares {
  started: Task[];
  refused: Task[];
  descendants: number;
}

/**
 * Divides what an event may start: first its own runs, then what is left in equal parts among those that raise another
 * event. So the whole of what follows stays within it, whichever instances it happens on.
 */
export function shareOut(triggered: readonly Task[], allowance: number): Shares {
  const started = triggered.slice(0, allowance);
  const raising = started.filter(raises).length;
  const descendants = raising === 0 ? 0 : Math.floor((allowance - started.length) / raising);
  return { started, refused: triggered.slice(allowance), descendants };
}

const raises = ({ definition }: Task): boolean => definition.action.type === 'event';

/** Starts the tasks that an event triggers. */
@Injectable()
export class EventDispatcher {
  private readonly logger = new Logger(EventDispatcher.name);

  constructor(
    channel: EventChannel,
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly resolver: TriggerResolver,
    private readonly intake: RunIntake,
    private readonly aside: SetAside,
    private readonly turns: Turns,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'eventDescendants'>,
  ) {
    channel.onReceived((event) => this.dispatch(event));
  }

  private async dispatch({ organization, id, type, data, receivedAt }: StoredEvent): Promise<Dispatched> {
    const event = { id, type, data, receivedAt };
    const lookedAt = this.clock.monotonic();
    const waiting = await this.tasks.forEvent(organization, type);
    // A task that came after the event does not answer to it, also when the event is sent again.
    const triggered: Task[] = [];
    for (const task of waiting.filter(({ createdAt }) => createdAt <= receivedAt)) {
      if (this.turns.isOver(organization)) await this.turns.next(organization);
      const note = (failed: Task, error: unknown) => this.aside.note(failed, error);
      triggered.push(...this.resolver.evaluateEventTriggers(event, [task], note));
    }
    const { started, refused, descendants } = shareOut(triggered, this.allowanceOf(id));
    const runs = await Promise.all(
      started.map((task) => this.intake.onEvent({ task, lookedAt }, raises(task) ? { ...event, descendants } : event)),
    );
    await this.refuse(refused, event, organization);
    const triggeredTasks = started.map((task) => task.id);
    const answer = { eventId: id, triggeredTasks, runs: runs.map((run) => run.id) };
    return refused.length > 0 ? { ...answer, refused: refused.length } : answer;
  }

  /** How many runs the event may start, with all that follow. */
  private allowanceOf(eventId: string): number {
    const most = this.settings.eventDescendants;
    return Math.min(most, chainOf(eventId).descendants ?? most);
  }

  /** Records that the tasks are not started; of very many only the first ones. */
  private async refuse(refused: readonly Task[], event: ReceivedEvent, organization: string): Promise<void> {
    if (refused.length === 0) return;
    const most = this.settings.eventDescendants;
    this.logger.warn(
      `The event ${event.id} (${event.type}) of ${organization} starts ${refused.length} tasks less than wait for it: one may start ${most} runs with all that follow (EVENT_DESCENDANTS).`,
    );
    const reason = `the event may start ${most} runs with all that follow (EVENT_DESCENDANTS), and this would be beyond its part`;
    await this.intake.refuse(refused.slice(0, MOST_RECORDED), event, reason);
  }
}
