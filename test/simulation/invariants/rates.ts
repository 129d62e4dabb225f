import type { Task } from '../../../src/domain/task.js';
import type { Observer, Start } from '../world/chronicle.js';
import { RATE } from '../world/limiting.js';
import type { Call } from '../world/store-path.js';
import type { World } from '../world/world.js';

/**
 * In no sliding window of the pool's `perMs` do attempts begin that need more than its capacity, over all instances,
 * whoever dies and whatever clocks say.
 */
export class Rates implements Observer {
  /** The units that each task has ever needed: no change of a simulated user touches them. */
  private readonly needs = new Map<string, number>();
  private used: { at: number; units: number; runId: string }[] = [];

  constructor(private readonly world: World) {}

  applied({ port, method, parts }: Call): void {
    if (port !== 'tasks' || method !== 'insert') return;
    for (const { id, definition } of parts[0] as Task[]) this.needs.set(id, definition.resources?.[RATE.name] ?? 0);
  }

  started({ at, taskId, runId }: Start): void {
    const units = this.needs.get(taskId) ?? 0;
    if (units === 0) return;
    this.used = [...this.used.filter((other) => at - other.at < RATE.perMs), { at, units, runId }];
    const sum = this.used.reduce((total, start) => total + start.units, 0);
    if (sum <= RATE.capacity) return;
    const what = `${sum} units of a rate of ${RATE.capacity} are used within ${RATE.perMs} ms`;
    this.world.chronicle.violate('rates', what, taskId, ...this.used.map((start) => start.runId));
  }
}
