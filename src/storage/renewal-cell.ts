/** How many turns can be distinguished: a renewal may be late by fewer turns than this. */
const SLOTS = 8;
const TURN = 0;
const SIGN = 1;
const FIRST = 2;
const NS_PER_MS = 1e6;

/**
 * Memory through which the thread that renews locks and the thread that holds them exchange state without waiting: the
 * current turn, and the latest renewal of each turn. Times come from the machine's monotonic clock, which all threads
 * share.
 */
export class RenewalCell {
  private readonly cells: BigInt64Array;

  constructor(readonly memory = new SharedArrayBuffer(8 * (FIRST + SLOTS))) {
    this.cells = new BigInt64Array(memory);
  }

  /** Starts a turn without renewals. Turns count from 1. */
  begin(turn: number): void {
    Atomics.store(this.cells, slotOf(turn), 0n);
    Atomics.store(this.cells, TURN, BigInt(turn));
    this.sign();
  }

  /** Ends the turn at once: the renewing thread checks just before each renewal. */
  end(): void {
    Atomics.store(this.cells, TURN, 0n);
  }

  isOn(turn: number): boolean {
    return Atomics.load(this.cells, TURN) === BigInt(turn);
  }

  /** Records that the renewal sent at this reading was granted. */
  renewed(turn: number, sentAt: bigint): void {
    Atomics.store(this.cells, slotOf(turn), sentAt);
  }

  /** How long ago the latest renewal of the turn was sent, in ms; infinite when there was none. */
  renewedMsAgo(turn: number): number {
    const sentAt = Atomics.load(this.cells, slotOf(turn));
    return sentAt === 0n ? Number.POSITIVE_INFINITY : Number(reading() - sentAt) / NS_PER_MS;
  }

  /** Signals that the thread that holds the locks still runs. */
  sign(): void {
    Atomics.store(this.cells, SIGN, reading());
  }

  /** How long ago the last such signal was, in ms. */
  get signedMsAgo(): number {
    return Number(reading() - Atomics.load(this.cells, SIGN)) / NS_PER_MS;
  }
}

/** The machine's monotonic clock, in nanoseconds. */
export const reading = (): bigint => process.hrtime.bigint();

const slotOf = (turn: number): number => FIRST + (turn % SLOTS);
