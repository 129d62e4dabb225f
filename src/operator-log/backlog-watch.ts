import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Slots } from '../cluster/slots.js';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { SlotQueue } from '../scheduling/dispatch/slot-queue.js';
import { Backlog } from './backlog.js';

const LOOK_MS = 1000;

/** Looks regularly whether due runs wait for a slot, and emits when a backlog begins and ends. */
@Injectable()
export class BacklogWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly backlog = new Backlog();
  private readonly rounds: Rounds;

  constructor(
    private readonly line: SlotQueue,
    private readonly slots: Slots,
    private readonly events: LifecycleEvents,
    private readonly clock: Clock,
  ) {
    this.rounds = new Rounds(
      clock,
      () => LOOK_MS,
      () => Promise.resolve(this.look()),
    );
  }

  onApplicationBootstrap(): void {
    this.rounds.startLater();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  private look(): void {
    const news = this.backlog.see(this.line.size, this.clock.monotonic());
    if (news) this.events.emit('backlog.changed', { ...news, refusal: this.slots.refusal ?? 'places' });
  }
}
