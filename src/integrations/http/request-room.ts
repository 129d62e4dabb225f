import { ByteBudget } from '../../domain/byte-budget.js';
import type { ActionContext } from '../action.js';
import { RenderedSize } from '../templates/rendered-size.js';
import type { OutgoingCall } from './guarded-client.js';

/** How many of the largest requests there is room for at a time. */
const MOST_LARGE = 32;
/** Requests up to this size (bytes) find room at any time: there are never more of them than places. */
const SMALL = 65_536;

/** Bounds requests, and the memory that large ones under way take: each waits until there is room for it. */
export class RequestRoom {
  private readonly budget: ByteBudget;

  constructor(private readonly requestBytes: number) {
    this.budget = new ByteBudget(MOST_LARGE * requestBytes);
  }

  /** Builds a call; its sender calls `leave` once it is sent. Rejects with an `ActionError` (`request-too-large`). */
  async enter(
    { run, signal }: ActionContext,
    build: (size: RenderedSize) => OutgoingCall,
  ): Promise<{ call: OutgoingCall; leave: () => void }> {
    const size = this.size();
    const call = build(size);
    if (size.total <= SMALL) return { call, leave: () => undefined };
    return this.wait(run.organization, size.total, signal, build);
  }

  /** Built anew when there is room, so that those who wait hold nothing. */
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

  private size(): RenderedSize {
    return new RenderedSize(this.requestBytes, 'request-too-large', 'request');
  }
}
