import { LRUCache } from 'lru-cache';
import { sizeOfTask } from '../domain/held-size.js';
import type { Task } from '../domain/task.js';
import type { TaskVersion } from '../scheduling/ports/task.store.js';

/** How many characters the shapes that are kept may have altogether, and how many bytes the definitions of the tasks. */
const MOST_SHAPE_CHARACTERS = 4_000_000;
const MOST_TASK_BYTES = 16_000_000;
/** What keeping one takes beside that, about. */
const PLACE = 200;

/** What one version of a task waits for, and how large the task was. */
interface AwaitedTask extends Pick<TaskVersion, 'generation' | 'createdAt' | 'updatedAt'> {
  triggers: Task['definition']['triggers'];
  size: number;
}

/**
 * What was read before of tasks that wait for events, and of the shapes by which they are found. It is never taken as what
 * is stored now: whoever asks reads the versions and the shapes anew, which is little.
 */
export class AwaitedTasks {
  private readonly tasks = new LRUCache<string, AwaitedTask>({ maxSize: MOST_TASK_BYTES });
  private readonly shapes = new LRUCache<string, readonly string[]>({ maxSize: MOST_SHAPE_CHARACTERS });

  /** Those that are known of the organization; undefined where none are. */
  shapesOf(organization: string): readonly string[] | undefined {
    return this.shapes.get(organization);
  }

  noteShapes(organization: string, shapes: readonly string[]): void {
    this.shapes.set(organization, shapes, { size: shapes.reduce((sum, { length }) => sum + length, PLACE) });
  }

  note(task: Task): void {
    if (task.unreadable !== undefined) return;
    const { generation, createdAt, updatedAt, definition } = task;
    const size = sizeOfTask(task);
    const { triggers } = definition;
    this.tasks.set(task.id, { generation, createdAt, updatedAt, triggers, size }, { size: size + PLACE });
  }

  /** What is known of each of these versions, in their order; undefined for one of which nothing is. */
  all(versions: readonly TaskVersion[]): (AwaitedTask | undefined)[] {
    return versions.map((version) => {
      const known = this.tasks.get(version.id);
      return known && isOf(version, known) ? known : undefined;
    });
  }
}

const isOf = (version: TaskVersion, known: AwaitedTask): boolean =>
  version.generation === known.generation &&
  version.createdAt === known.createdAt &&
  version.updatedAt === known.updatedAt;
