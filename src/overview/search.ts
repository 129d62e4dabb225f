import { Injectable } from '@nestjs/common';
import type { Listing } from '../domain/listing.js';
import type { Run, RunState } from '../domain/run.js';
import type { Task, TaskState } from '../domain/task.js';
import { EventReads } from '../events/event.store.js';
import { RunReads } from '../scheduling/ports/run.reads.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { TaskFacetsService } from './task-facets.js';

/** How many of each kind are found. */
export const MOST_FOUND = 10;
/** How often it is looked on for a name while nothing is found. */
const MOST_LOOKS = 4;
/** What begins an id: enough of it to mean one. */
const ID_PREFIX = /^[0-9a-f]{6}[0-9a-f-]{0,30}$/i;
/** Comes after every character of an id. */
const AFTER_IDS = '~';

/** What a text leads to. */
export interface Found {
  tasks: { id: string; name: string; state: TaskState }[];
  runs: { id: string; taskId: string; state: RunState }[];
  events: { id: string; type: string }[];
  tags: string[];
  /** Whether there may be more of something. */
  truncated: boolean;
}

/** Finds tasks by a part of the name, tasks and runs by the beginning of the id, events by id or type, and tags. */
@Injectable()
export class SearchService {
  constructor(
    private readonly tasks: TaskReads,
    private readonly runs: RunReads,
    private readonly events: EventReads,
    private readonly facets: TaskFacetsService,
  ) {}

  /** Each part is a few bounded reads at most. @throws StoreUnavailableError */
  async find(organization: string, text: string): Promise<Found> {
    const [tasks, runs, events, tags] = await Promise.all([
      this.tasksOf(organization, text),
      this.runsOf(organization, text),
      this.eventsOf(organization, text),
      this.tagsOf(organization, text),
    ]);
    const parts = [tasks, runs, events, tags];
    return {
      tasks: tasks.found.map(({ id, definition: { name }, state }) => ({ id, name, state })),
      runs: runs.found.map(({ id, taskId, state }) => ({ id, taskId, state })),
      events: events.found,
      tags: tags.found,
      truncated: parts.some(({ isAll }) => !isAll),
    };
  }

  private async tasksOf(organization: string, text: string): Promise<Part<Task>> {
    const [named, begun] = await Promise.all([
      this.named(organization, text),
      idsFrom(text, (page) => this.tasks.list(organization, {}, page)),
    ]);
    const all = [...begun.found, ...named.items.filter(({ id }) => !begun.found.some((task) => task.id === id))];
    return { found: all.slice(0, MOST_FOUND), isAll: named.next === null && begun.isAll && all.length <= MOST_FOUND };
  }

  /** Among many tasks, one read does not reach the oldest. */
  private async named(organization: string, text: string): Promise<Listing<Task>> {
    let listing: Listing<Task> = { items: [], next: null };
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      const after = listing.next ?? undefined;
      listing = await this.tasks.list(organization, { q: text }, { after, limit: MOST_FOUND });
      if (listing.items.length > 0 || listing.next === null) break;
    }
    return listing;
  }

  private runsOf(organization: string, text: string): Promise<Part<Run>> {
    return idsFrom(text, (page) => this.runs.list(organization, {}, page));
  }

  private async eventsOf(organization: string, text: string): Promise<Part<{ id: string; type: string }>> {
    const [known, { items, next }] = await Promise.all([
      this.events.get(organization, text),
      this.events.list(organization, { type: text }, { limit: MOST_FOUND }),
    ]);
    const heads = [...(known ? [known] : []), ...items.filter(({ id }) => id !== known?.id)];
    const found = heads.slice(0, MOST_FOUND).map(({ id, type }) => ({ id, type }));
    return { found, isAll: next === null && heads.length <= MOST_FOUND };
  }

  private async tagsOf(organization: string, text: string): Promise<Part<string>> {
    const { tags, truncated } = await this.facets.of(organization);
    const part = text.toLowerCase();
    const found = tags.map(({ value }) => value).filter((tag) => tag.toLowerCase().includes(part));
    return { found: found.slice(0, MOST_FOUND), isAll: !truncated && found.length <= MOST_FOUND };
  }
}

interface Part<Item> {
  found: Item[];
  isAll: boolean;
}

/** The items of a list by id descending whose id begins with the text, if it can begin one. */
async function idsFrom<Item extends { id: string }>(
  text: string,
  list: (page: { after: string; limit: number }) => Promise<{ items: Item[]; next: string | null }>,
): Promise<Part<Item>> {
  if (!ID_PREFIX.test(text)) return { found: [], isAll: true };
  const prefix = text.toLowerCase();
  const { items, next } = await list({ after: prefix + AFTER_IDS, limit: MOST_FOUND });
  const found = items.filter(({ id }) => id.startsWith(prefix));
  return { found, isAll: next === null || found.length < items.length };
}
