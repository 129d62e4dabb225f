import { boundedCache } from '../../domain/bounded-cache.js';
import { addShapes, MOST_SHAPES } from '../../domain/event-index.js';
import { eventTypesOf, type Task } from '../../domain/task.js';
import { groupsBy } from '../../domain/groups.js';
import type { MongoCollections } from './mongo-collections.js';
import { again, isCollision } from './mongo-errors.js';

/** Of how many organizations the shapes are remembered by whoever writes tasks. */
const MOST_REMEMBERED = 1000;

/** The shapes by which the event triggers of each organization are indexed. They only become more. */
export class EventShapes {
  private readonly remembered = boundedCache<Set<string>>(MOST_REMEMBERED);

  constructor(private readonly collections: MongoCollections) {}

  /** As stored now. */
  async of(organization: string): Promise<string[]> {
    return (await this.collections.eventShapes.findOne({ _id: organization }))?.shapes ?? [];
  }

  /** Resolves when the shapes of these tasks are stored, as far as there is room; to all of their organizations. */
  async withThoseOf(tasks: readonly Task[]): Promise<Map<string, ReadonlySet<string>>> {
    const waiting = tasks.filter((task) => eventTypesOf(task).length > 0);
    const known = new Map<string, ReadonlySet<string>>();
    for (const [organization, together] of groupsBy(waiting, (task) => task.organization))
      known.set(organization, await this.withMore(organization, together));
    return known;
  }

  private async withMore(organization: string, tasks: readonly Task[]): Promise<ReadonlySet<string>> {
    const remembered = this.remembered.get(organization);
    if (remembered && newIn(remembered, tasks).length === 0) return remembered;
    const found = new Set(await this.of(organization));
    const more = newIn(found, tasks);
    for (const shape of more) await this.add(organization, shape);
    const stored = more.length === 0 ? found : new Set(await this.of(organization));
    this.remembered.set(organization, stored);
    return stored;
  }

  /** Another writer may have taken the last place: then the task is found by another term. */
  private async add(organization: string, shape: string): Promise<void> {
    const room = { _id: organization, [`shapes.${MOST_SHAPES - 1}`]: { $exists: false } };
    const update = () =>
      this.collections.eventShapes.updateOne(room, { $addToSet: { shapes: shape } }, { upsert: true });
    try {
      await again(update, isCollision);
    } catch (error) {
      // There is no room: then it is never found.
      if (!isCollision(error)) throw error;
    }
  }
}

function newIn(known: ReadonlySet<string>, tasks: readonly Task[]): string[] {
  const shapes = new Set(known);
  return tasks.flatMap((task) => addShapes(shapes, task));
}
