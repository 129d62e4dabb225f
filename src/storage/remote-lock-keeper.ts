import { LockKeeper } from '../locking/lock-keeper.js';
import { RenewalCell } from './renewal-cell.js';
import type { KeepOrder } from './renewal.js';

/** Lets another thread renew locks; `hand` passes it each order and the shared memory. */
export class RemoteLockKeeper extends LockKeeper {
  readonly ready: Promise<void> | null = null;
  protected readonly cell = new RenewalCell();
  private turn = 0;

  constructor(private readonly hand: (order: KeepOrder | null, memory: SharedArrayBuffer) => void) {
    super();
  }

  get renewedMsAgo(): number {
    return this.turn === 0 ? Number.POSITIVE_INFINITY : this.cell.renewedMsAgo(this.turn);
  }

  keep(owner: string, key: string, lifeMs: number, everyMs: number): void {
    this.cell.begin(++this.turn);
    this.hand({ turn: this.turn, owner, key, lifeMs, everyMs }, this.cell.memory);
  }

  drop(): void {
    this.cell.end();
    this.hand(null, this.cell.memory);
  }

  sign(): void {
    this.cell.sign();
  }
}
