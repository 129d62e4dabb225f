/** A step of the wall clock by less than this (ms) is none: clocks that are kept in time run faster or slower for a while. */
const SMALLEST_MS = 1000;

interface Reading {
  /** Epoch ms. */
  wall: number;
  monotonic: number;
}

/** Finds from regular readings by how much the wall clock was set, as far as that is not the passing of time. */
export class ClockSteps {
  private last: Reading | null = null;

  /** Takes a reading; returns the step since the one before (ms, negative for back), or null. */
  read(reading: Reading): number | null {
    const { last } = this;
    this.last = reading;
    if (!last) return null;
    const step = Math.round(reading.wall - last.wall - (reading.monotonic - last.monotonic));
    return Math.abs(step) < SMALLEST_MS ? null : step;
  }
}
