import { Injectable } from '@nestjs/common';
import type { AuditEntry } from '../audit/audit-entry.js';
import { AuditService } from '../audit/audit.service.js';
import { taskView } from '../audit/differences.js';
import { NotFoundError } from '../domain/errors.js';
import type { Json, JsonObject } from '../domain/json.js';
import type { Listing } from '../domain/listing.js';
import { TasksService } from '../scheduling/tasks/tasks.service.js';

/** A change of a task, as the trail tells it; secrets are masked. Epoch ms. */
export interface TaskVersion {
  /** Its place in the trail. */
  sequence: number;
  at: number;
  by: string;
  /** Such as `created`, `changed`, `paused`, `resumed`. */
  change: string;
  /** The members that differ. */
  before: Json;
  after: Json;
}

/** A task as it was after a change, by its definition. */
export interface TaskAsItWas extends Pick<TaskVersion, 'sequence' | 'at' | 'by' | 'change'> {
  definition: JsonObject;
}

/** What a change is recorded with beside the definition. */
const BESIDE = ['state', 'pausedReason', 'pausedUntil', 'secrets', 'secretsSet', 'skipped', 'reason'];

/** How many entries are held at a time, each as large as two tasks, and how many times in one request. */
const PAGE = 8;
const MOST_PARTS = 50;
const OF_TASKS = 'task.';

/** Versions, newest first, before the entry `before`; there may be few or none of them, and yet more further on. */
export type VersionReader = (before: number | undefined, limit: number) => Promise<Listing<TaskVersion, number>>;

/** Tells what a task was before: each change of it, from the audit trail. */
@Injectable()
export class TaskVersions {
  constructor(
    private readonly tasks: TasksService,
    private readonly trail: AuditService,
  ) {}

  /** Reads for one request: all that it reads together is bounded. @throws NotFoundError */
  async of(organization: string, id: string): Promise<VersionReader> {
    await this.tasks.get(organization, id);
    return this.readerOf(organization, id);
  }

  /**
   * The task as it was after one of its changes: as it is, with all later changes taken back. Reads no more than `of`.
   * @throws NotFoundError, also where the change lies too far back
   */
  async at(organization: string, id: string, sequence: number): Promise<TaskAsItWas> {
    let task = taskView(await this.tasks.get(organization, id));
    const read = this.readerOf(organization, id);
    for (let place: number | undefined; ;) {
      const { items, next } = await read(place, PAGE);
      for (const version of items) {
        if (version.sequence === sequence) {
          const { at, by, change } = version;
          return { sequence, at, by, change, definition: definitionOf(task) };
        }
        task = undone(task, version);
      }
      if (next === null || next < sequence || next === place) throw new NotFoundError('version', String(sequence));
      place = next;
    }
  }

  private readerOf(organization: string, id: string): VersionReader {
    let parts = 0;
    return async (before, limit) => {
      const versions: TaskVersion[] = [];
      let place: number | null | undefined = before;
      for (; parts < MOST_PARTS && place !== null && versions.length < limit; parts++) {
        const part: Listing<AuditEntry, number> = await this.trail.list(
          organization,
          { object: id },
          { before: place, limit: PAGE },
        );
        // What became of its runs names the task, too.
        versions.push(...part.items.filter(({ action }) => action.startsWith(OF_TASKS)).map(versionOf));
        place = part.next;
      }
      if (versions.length <= limit) return { items: versions, next: place ?? null };
      return { items: versions.slice(0, limit), next: versions[limit - 1]!.sequence };
    };
  }
}

/** The task before a change. */
function undone(task: JsonObject, { before, after }: TaskVersion): JsonObject {
  const [was, became] = [membersOf(before), membersOf(after)];
  const left = Object.entries(task).filter(([name]) => !Object.hasOwn(became, name));
  return Object.fromEntries([...left, ...Object.entries(was)]);
}

const membersOf = (part: Json): JsonObject =>
  part !== null && typeof part === 'object' && !Array.isArray(part) ? part : {};

const definitionOf = (task: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(task).filter(([name]) => !BESIDE.includes(name)));

const versionOf = ({ sequence, at, actor, action, before, after }: AuditEntry): TaskVersion => ({
  ...{ sequence, at, by: actor.id, change: action.slice(OF_TASKS.length), before, after },
});
