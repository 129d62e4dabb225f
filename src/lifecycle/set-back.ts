import { Injectable } from '@nestjs/common';
import { LifecycleEvents } from './lifecycle-events.js';
import { Clock } from '../clock/clock.js';

/** A clock that is set back by less than this (ms) is waited for. */
export const LEAST_STEP_MS = 10_000;

/** Remembers that the clock of this machine was set back, until it shows again what it showed then. */
@Injectable()
export class SetBack {
  private latest: { at: number; until: number } | null = null;

  constructor(
    private readonly clock: Clock,
    events: LifecycleEvents,
  ) {
    events.on('clock.stepped', ({ byMs }) => byMs < 0 && this.note(-byMs));
  }

  /** When it was set, and until when what has run is not run again (epoch ms); null when that is over. */
  get now(): { at: number; until: number } | null {
    if (this.latest && this.clock.now() > this.latest.until) this.latest = null;
    return this.latest;
  }

  private note(stepMs: number): void {
    const at = this.clock.now();
    this.latest = { at, until: Math.max(at + stepMs, this.now?.until ?? at) };
  }
}
