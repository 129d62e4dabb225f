import { networkFailure } from '../http/failures.js';
import type { ServiceClient } from '../service-client.js';
import { Sink } from './sink.js';

/** Posts items to one address, as the JSON that `envelope` makes of them. */
export class HttpSink<Item> extends Sink<Item> {
  constructor(
    private readonly url: string,
    private readonly envelope: (items: readonly Item[]) => unknown,
    private readonly client: ServiceClient,
  ) {
    super();
  }

  async deliver(items: readonly Item[], signal: AbortSignal): Promise<void> {
    try {
      await this.client.post(this.url, this.envelope(items), {}, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw networkFailure(error);
    }
  }
}
