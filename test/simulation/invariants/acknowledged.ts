import type { Run } from '../../../src/domain/run.js';
import type { Task } from '../../../src/domain/task.js';
import type { Dispatched } from '../../../src/events/events.service.js';
import { DEFAULT_ORGANIZATION } from '../../../src/task-scheduler.js';
import { keyOf } from '../../../src/testing/memory/memory-data.js';
import type { Observer, Request } from '../world/chronicle.js';
import type { World } from '../world/world.js';

/** How long before the end of the world an event may have come that is still on its way (ms). */
const ON_ITS_WAY_MS = 500;

/** Guarantee 1: what was acknowledged is in the store at that moment, and stays there. */
export class Acknowledged implements Observer {
  private readonly runs = new Set<string>();
  private readonly removed = new Set<string>();
  private readonly tasks = new Set<string>();

  constructor(private readonly world: World) {}

  requested({ kind, taskId }: Request): void {
    if (kind === 'remove') this.removed.add(taskId!);
  }

  answered({ kind, answer }: Request): void {
    const value = answer!.value;
    if (kind === 'create') this.tasks.add((value as Task).id);
    if (kind === 'run' || kind === 'retry') this.runs.add((value as Run).id);
    if (kind === 'raise') {
      const { eventId, runs } = value as Dispatched;
      for (const run of runs) this.runs.add(run);
      if (!this.world.data.events.has(keyOf(DEFAULT_ORGANIZATION, eventId))) this.violate(`event ${eventId}`, eventId);
    }
    this.check();
  }

  atTheEnd(): void {
    this.check();
    const { chronicle, data, timeline } = this.world;
    for (const { id, dispatched, receivedAt } of data.events.values()) {
      if (dispatched || receivedAt > timeline.now - ON_ITS_WAY_MS) continue;
      chronicle.violate('acknowledged', `event ${id} was stored and starts nothing`, id);
    }
  }

  private check(): void {
    for (const id of this.tasks)
      if (!this.removed.has(id) && !this.world.data.tasks.has(id)) this.violate(`task ${id}`, id);
    for (const id of this.runs) if (!this.world.data.runs.has(id)) this.violate(`run ${id}`, id);
  }

  private violate(what: string, id: string): void {
    this.tasks.delete(id);
    this.runs.delete(id);
    this.world.chronicle.violate('acknowledged', `${what} was answered and is not in the store`, id);
  }
}
