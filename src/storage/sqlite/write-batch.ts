import { StoreUnavailableError } from '../../domain/errors.js';

/** A write that waits for its transaction. */
interface Waiting {
  work: () => unknown;
  resolve: (result: never) => void;
  reject: (error: unknown) => void;
}

/**
 * Combines all writes of one turn of the event loop, whatever their origin, into one transaction: a commit to the disk
 * costs as much as hundreds of rows. Since the driver blocks its thread, each transaction waits for a turn of its own,
 * so that due timers go first.
 */
export class WriteBatch {
  private waiting: Waiting[] = [];

  constructor(
    /** Runs the work in one transaction, durable when it resolves. */
    private readonly transact: <Result>(work: () => Result) => Promise<Result>,
  ) {}

  /**
   * Resolves to the result of `work` once it is durable. If one work of a batch fails, each is started again on its
   * own; if the store fails, all fail.
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
