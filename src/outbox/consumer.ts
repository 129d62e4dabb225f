import type { LifecycleMessage, Step } from '../domain/lifecycle-message.js';

/** Somebody who is told of steps: a service, a broker, a part of the engine. */
export interface Consumer {
  /** Under this name the store keeps how far it has got: short, and the same in all versions. */
  readonly name: string;
  /** The steps that it may want. */
  readonly steps: ReadonlySet<Step>;
  /** The most that it gets at once. */
  readonly batch: { items: number; bytes: number };
  /** Outputs of up to so many bytes are in the messages of ends; 0 for none. */
  readonly outputBytes?: number;
  /** Whether nothing goes to it before what could not be delivered; what it refuses for good is left out all the same. */
  readonly inOrder?: boolean;
  /** True while it wants nothing of anybody: as if it were not there. */
  readonly isIdle?: boolean;
  /** Whether it wants a message of one of its steps; what it wants may change, and what is stored for it but not wanted any more is left out. */
  wants(message: LifecycleMessage): boolean;
  /**
   * Takes messages, in order as far as it goes. What is rejected comes again, unless an `ActionError` says by its status
   * that it never will be accepted. The same message may come again; its id tells.
   */
  deliver(messages: readonly LifecycleMessage[], signal: AbortSignal): Promise<void>;
}
