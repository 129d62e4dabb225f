import { Injectable } from '@nestjs/common';
import { entryOf } from '../audit/audit-entry.js';
import { AuditReads } from '../audit/audit.store.js';
import type { Json } from '../domain/json.js';
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

/** How many parts of a trail one request reads, each of which looks at a bounded number of entries. */
const MOST_PARTS = 5;
const OF_TASKS = 'task.';

/** Tells what a task was before: each change of it, from the audit trail. */
@Injectable()
export class TaskVersions {
  constructor(
    private readonly tasks: TasksService,
    private readonly trail: AuditReads,
  ) {}

  /** Newest first, before the entry `before`; a list may be short or empty and go on. @throws NotFoundError */
  async list(organization: string, id: string, page: { before?: number | undefined; limit: number }) {
    await this.tasks.get(organization, id);
    const versions: TaskVersion[] = [];
    let place: number | null | undefined = page.before;
    for (let parts = 0; parts < MOST_PARTS && place !== null && versions.length < page.limit; parts++) {
      const part = { after: place, limit: page.limit - versions.length, order: 'newest first', isBrief: true } as const;
      const { items, next }: Listing<Parameters<typeof entryOf>[0], number> = await this.trail.search(
        organization,
        { object: id },
        part,
      );
      // What became of its runs names the task, too.
      const own = items.filter(({ action }) => action.startsWith(OF_TASKS)).map(entryOf);
      versions.push(
        ...own.map(({ sequence, at, actor, action, before, after }) => ({
          ...{ sequence, at, by: actor.id, change: action.slice(OF_TASKS.length), before, after },
        })),
      );
      place = next;
    }
    return { items: versions, next: place ?? null };
  }
}
