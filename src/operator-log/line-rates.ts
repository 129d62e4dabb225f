import type { Clock, Timer } from '../clock/clock.js';

/** So many lines of a kind are written in a second; of further ones only the number is told at its end. */
export const MOST_LINES = 10;
const SECOND_MS = 1000;

interface Second {
  lines: number;
  timer: Timer;
}

/** Bounds the lines of each kind: a thousand faults in a second must not be a thousand lines. */
export class LineRates {
  private readonly seconds = new Map<string, Second>();
  private isOver = false;

  constructor(
    private readonly clock: Clock,
    /** Tells how many lines of a kind were left out in the second that is over. */
    private readonly tellRest: (kind: string, count: number) => void,
  ) {}

  /** Whether a line of this kind may be written now. The kinds are few, and none is made of input. */
  admits(kind: string): boolean {
    if (this.isOver) return true;
    const second = this.seconds.get(kind) ?? this.begin(kind);
    second.lines++;
    return second.lines <= MOST_LINES;
  }

  /** Tells what is left to tell. The few lines that come after it have no bound, and no timer that keeps the process. */
  end(): void {
    this.isOver = true;
    for (const [kind, second] of [...this.seconds]) {
      second.timer.cancel();
      this.close(kind, second);
    }
  }

  private begin(kind: string): Second {
    const second: Second = { lines: 0, timer: this.clock.after(SECOND_MS, () => this.close(kind, second)) };
    this.seconds.set(kind, second);
    return second;
  }

  private close(kind: string, { lines }: Second): void {
    this.seconds.delete(kind);
    if (lines > MOST_LINES) this.tellRest(kind, lines - MOST_LINES);
  }
}
