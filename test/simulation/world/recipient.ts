import { STEPS, type LifecycleMessage } from '../../../src/domain/lifecycle-message.js';
import type { Consumer } from '../../../src/outbox/consumer.js';
import type { SimulatedProcess } from './process.js';
import type { Random } from './random.js';

/** A service outside that wants to know of every step. While there is trouble, it is away at times. */
export class Recipient {
  onDelivered: (message: LifecycleMessage) => void = () => undefined;
  private isAway = false;

  constructor(private readonly random: Random) {}

  /** The way from one process to it. */
  from(process: SimulatedProcess): Consumer {
    return {
      name: 'recipient',
      steps: new Set(STEPS),
      batch: { items: 20, bytes: 100_000 },
      wants: () => true,
      deliver: async (messages) => {
        await process.clock.sleep(this.random.whole(1, 20));
        if (this.isAway || (process.isDead && this.random.chance(0.5))) throw new Error('The recipient is away.');
        for (const message of messages) this.onDelivered(message);
        // What a process delivers at the moment of its death may have arrived.
        await process.clock.sleep(this.random.whole(1, 20));
      },
    };
  }

  /** Is away for a while, now and then, until `isOver` says so. */
  trouble(after: (delayMs: number, act: () => void) => unknown, isOver: () => boolean): void {
    after(this.random.whole(200, 4000), () => {
      this.isAway = !isOver() && !this.isAway;
      if (!isOver()) this.trouble(after, isOver);
    });
  }
}
