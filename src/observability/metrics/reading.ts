import type { Clock } from '../../clock/clock.js';

/** So many questions wait for an answer at most. */
const MOST_ASKED = 2;

/** The last answer to a question that takes its time: nobody who wants it waits. */
export class Reading<Value> {
  private known: { value: Value; at: number } | null = null;
  private asked = 0;

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly ask: () => Promise<Value>,
    private readonly isOn: () => boolean = () => true,
  ) {}

  /** The last answer; null before the first. */
  get latest(): Value | null {
    return this.known?.value ?? null;
  }

  /** How old the last answer is; null before the first. */
  get ageMs(): number | null {
    return this.known && this.clock.monotonic() - this.known.at;
  }

  /** Asks anew while there is something to ask for, and waits for nothing. An answer counts from when it was asked for; what fails leaves the last one. */
  refresh(): void {
    if (this.asked >= MOST_ASKED || !this.isOn()) return;
    this.asked++;
    const at = this.clock.monotonic();
    const end = (): void => void this.asked--;
    this.ask().then((value) => {
      end();
      if (!this.known || at >= this.known.at) this.known = { value, at };
    }, end);
  }
}
