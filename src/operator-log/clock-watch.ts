import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { ClockSteps } from './clock-steps.js';

const LOOK_MS = 1000;

/** Looks regularly whether the wall clock was set, and emits that. */
@Injectable()
export class ClockWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly steps = new ClockSteps();
  private readonly rounds: Rounds;

  constructor(
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
    void this.rounds.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  private look(): void {
    const byMs = this.steps.read({ wall: this.clock.now(), monotonic: this.clock.monotonic() });
    if (byMs !== null) this.events.emit('clock.stepped', { byMs });
  }
}
