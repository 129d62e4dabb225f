import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Turns } from '../clock/turns.js';
import type { Task } from '../domain/task.js';
import { EventChannel, type Dispatched } from '../triggers/events.service.js';
import type { StoredEvent } from '../triggers/event.store.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';
import { RunIntake } from './run-intake.js';
import { SetAside } from './set-aside.js';
import { TaskStore } from './task.store.js';

/** Starts the tasks that an event triggers. */
@Injectable()
export class EventDispatcher {
  constructor(
    channel: EventChannel,
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly resolver: TriggerResolver,
    private readonly intake: RunIntake,
    private readonly aside: SetAside,
    private readonly turns: Turns,
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
    const runs = await Promise.all(triggered.map((task) => this.intake.onEvent({ task, lookedAt }, event)));
    return { eventId: id, triggeredTasks: triggered.map((task) => task.id), runs: runs.map((run) => run.id) };
  }
}
