import { expect } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { FaultWorld } from './fault-world.js';

/** How long a customer waits between two requests (ms). */
const PACE_MS = 40;

/**
 * A customer who requests one run after the other from any instance that answers, and remembers what was acknowledged.
 */
export class Customer {
  readonly acknowledged: string[] = [];
  private working: Promise<void> = Promise.resolve();
  private stopped = false;

  private constructor(
    private readonly world: FaultWorld,
    private readonly taskId: string,
  ) {}

  static async begin(world: FaultWorld): Promise<Customer> {
    const { status, body } = await world.services[0]!.call<{ id: string }>('POST', '/v1/tasks', {
      name: 'asked for',
      triggers: [{ type: 'manual' }],
      action: { type: 'http', url: world.callee.urlOf('/asked') },
      overlap: 'allow',
      retry: { maxAttempts: 10, baseDelayMs: 100, jitter: 0 },
    });
    expect(status).toBe(201);
    const customer = new Customer(world, body.id);
    customer.working = customer.work();
    return customer;
  }

  /** Stops the requests; resolves to the task and the acknowledged runs. */
  async stop(): Promise<{ taskId: string; runIds: string[] }> {
    this.stopped = true;
    await this.working;
    return { taskId: this.taskId, runIds: this.acknowledged };
  }

  private async work(): Promise<void> {
    for (let turn = 0; !this.stopped; turn++) {
      const { answering } = this.world;
      try {
        const service = answering[turn % answering.length]!;
        const { status, body } = await service.call<{ id: string }>('POST', `/v1/tasks/${this.taskId}/run`);
        if (status === 202) this.acknowledged.push(body.id);
      } catch {
        // The instance died, and nothing was acknowledged.
      }
      await pause(PACE_MS);
    }
  }
}
