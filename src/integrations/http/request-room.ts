import { ByteBudget } from '../../domain/byte-budget.js';
import type { ActionContext } from '../action.js';
import { RenderedSize } from '../templates/rendered-size.js';
import type { OutgoingCall } from './guarded-client.js';

/** How many requests of the largest size fit at the same time. */
const MOST_LARGE = 32;
/** Requests up to this size (bytes) never wait: slots limit their number. */
const SMALL = 65_536;

/**
 * Limits the size of requests, and the memory of large requests under way: a large request waits until there is room.
 */
export class RequestRoom {
  private readonly budget: ByteBudget;

  constructor(private readonly requestBytes: number) {
    this.budget = new ByteBudget(MOST_LARGE * requestBytes);
  }

  /** Builds a call; the sender calls `leave` after sending it. Rejects with an `ActionError` (`request-too-large`). */
  async enter(
    { run, signal }: ActionContext,
    build: (size: RenderedSize) => OutgoingCall,
  ): Promise<{ call: OutgoingCall; leave: () => void }> {
    const size = this.size();
    const call = build(size);
    if (size.total <= SMALL) return { call, leave: () => undefined };
    return this.wait(run.organization, size.total, signal, build);
  }

  /** Builds the call again once there is room, so that waiting requests hold no memory. */
  private async wait(
    organization: string,
    bytes: number,
    signal: AbortSignal,
    build: (size: RenderedSize) => OutgoingCall,
  ): Promise<{ call: OutgoingCall; leave: () => void }> {
    const leave = await this.budget.take(organization, bytes, signal);
    try {
      return { call: build(this.size()), leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Counts the bytes of a request, up to the largest. */
  size(): RenderedSize {
    return new RenderedSize(this.requestBytes, 'request-too-large', 'request');
  }
}
