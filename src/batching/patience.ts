import { Logger } from '@nestjs/common';
import type { Clock } from '../clock/clock.js';
import { StoreRefusedError, StoreUnavailableError } from '../domain/errors.js';

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 2000;

/** Keeps trying during an outage of the store: completed work must not be lost. */
export class Patience {
  private readonly logger = new Logger(Patience.name);
  private ended = false;

  constructor(
    private readonly clock: Clock,
    /** Names in words what cannot be written during the outage. */
    private readonly what: string,
  ) {}

  /** Stops retrying: what cannot be written now is given up. */
  end(): void {
    this.ended = true;
  }

  /** Does the work once the store is available; all other errors go to the caller, and a refusal that does not pass. */
  async untilAvailable<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let delay = FIRST_RETRY_MS; ; delay = Math.min(2 * delay, LONGEST_RETRY_MS)) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || error instanceof StoreRefusedError || this.ended) throw error;
        this.logger.warn(`${this.what} cannot be written, trying again: ${error.message}`);
        await this.clock.sleep(delay);
      }
    }
  }
}
