/** How many turns are told apart; what is late by more of them is nobody's. */
const SLOTS = 8;
const TURN = 0;
const SIGN = 1;
const FIRST = 2;
const NS_PER_MS = 1e6;

/**
 * What a thread that renews locks and the one that has them tell each other without waiting: whose turn it is, and when
 * what was renewed. Times are those of the machine's monotonic clock, which all threads read alike.
 */
export class RenewalCell {
  private readonly cells: BigInt64Array;

  constructor(readonly memory = new SharedArrayBuffer(8 * (FIRST + SLOTS))) {
    this.cells = new BigInt64Array(memory);
  }

  /** Begins the turn, of which nothing is renewed yet. Turns count from 1. */
  begin(turn: number): void {
    Atomics.store(this.cells, slotOf(turn), 0n);
    Atomics.store(this.cells, TURN, BigInt(turn));
    this.sign();
  }

  /** Ends the turn; at once, for whoever renews looks just before. */
  end(): void {
    Atomics.store(this.cells, TURN, 0n);
  }

  isOn(turn: number): boolean {
    return Atomics.load(this.cells, TURN) === BigInt(turn);
  }

  /** Tells that what was sent at that reading was granted. */
  renewed(turn: number, sentAt: bigint): void {
    Atomics.store(this.cells, slotOf(turn), sentAt);
  }

  /** How long ago the latest renewal of the turn was sent, in ms; infinite when there was none. */
  renewedMsAgo(turn: number): number {
    const sentAt = Atomics.load(this.cells, slotOf(turn));
    return sentAt === 0n ? Number.POSITIVE_INFINITY : Number(reading() - sentAt) / NS_PER_MS;
  }

  /** Tells that the thread which has the locks goes on. */
  sign(): void {
    Atomics.store(this.cells, SIGN, reading());
  }

  /** How long ago it told so last, in ms. */
  get signedMsAgo(): number {
    return Number(reading() - Atomics.load(this.cells, SIGN)) / NS_PER_MS;
  }
}

/** The machine's monotonic clock, in nanoseconds. */
export const reading = (): bigint => process.hrtime.bigint();

const slotOf = (turn: number): number => FIRST + (turn % SLOTS);
