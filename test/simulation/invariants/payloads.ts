import type { Observer, Start } from '../world/chronicle.js';
import type { World } from '../world/world.js';

/** An attempt gets the event with which its run was stored, however long the run has waited. */
export class Payloads implements Observer {
  constructor(private readonly world: World) {}

  started({ runId, taskId, event }: Start): void {
    const [given, stored] = [textOf(event), textOf(this.world.data.runs.get(runId)?.event)];
    if (given !== stored)
      this.world.chronicle.violate('payloads', `the run got ${given} instead of ${stored}`, taskId, runId);
  }
}

const textOf = (event: Start['event'] | undefined): string => JSON.stringify(event?.data ?? null);
