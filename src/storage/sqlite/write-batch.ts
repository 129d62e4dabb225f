import { StoreUnavailableError } from '../../domain/errors.js';

/** A write that waits for the transaction it will be part of. */
interface Waiting {
  work: () => unknown;
  resolve: (result: never) => void;
  reject: (error: unknown) => void;
}

/**
 * Puts all writes of one turn of the event loop into one transaction, whoever asks for them: a commit to the disk costs
 * as much as hundreds of rows. Since the driver blocks its thread, each transaction waits for a turn of its own, so that
 * timers which are due go first.
 */
export class WriteBatch {
  private waiting: Waiting[] = [];

  constructor(
    /** Runs the work in one transaction, durable when it resolves. */
    private readonly transact: <Result>(work: () => Result) => Promise<Result>,
  ) {}

  /**
   * Resolves to the result of `work` once that is durable. Where one work of a batch fails, each is begun again on its
   * own; where the store does, all have failed.
   */
  add<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ work, resolve, reject });
      if (this.waiting.length === 1) setImmediate(() => void this.write());
    });
  }

  private async write(): Promise<void> {
    const batch = this.waiting;
    this.waiting = [];
    try {
      const results = await this.transact(() => batch.map(({ work }) => work()));
      batch.forEach(({ resolve }, index) => resolve(results[index] as never));
    } catch (error) {
      const isOfAll = batch.length === 1 || error instanceof StoreUnavailableError;
      for (const { work, resolve, reject } of batch) {
        if (isOfAll) reject(error);
        else await this.transact(work).then((result) => resolve(result as never), reject);
      }
    }
  }
}
