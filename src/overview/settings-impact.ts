import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { inTurns, Turns } from '../clock/turns.js';
import { Allowance } from '../domain/budget.js';
import { nameOf } from '../domain/calendar.js';
import type { OrganizationSettings } from '../domain/organization-settings.js';
import { ownMember } from '../domain/own-member.js';
import { QUOTA_NAMES, strictest, type QuotaName } from '../domain/quotas.js';
import type { Task } from '../domain/task.js';
import { messageOf } from '../domain/thrown.js';
import { GrantsService } from '../organizations/grants.service.js';
import { changedMembers, SettingsService } from '../organizations/settings.service.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { sizeIn, type PoolSize } from '../scheduling/resources/pool-sizes.js';
import { CalendarResolver } from '../triggers/calendar-resolver.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';
import { movedStarts, type MovedStart } from './moved-starts.js';
import { newestTasks } from './newest-tasks.js';
import { UsageService, type Usage } from './usage.js';

/** How many tasks are looked at, the newest first, and for how many of them the coming starts are compared. */
const MOST_TASKS = 5000;
const MOST_CONCERNED = 200;
/** How many tasks, and starts of each, are told. */
export const MOST_TOLD = 100;
const MOST_STARTS = 10;
/** How many steps all comparisons of one request may take. */
const MOST_STEPS = 2_000_000;

/** A task whose coming starts change. */
export interface MovedTask {
  id: string;
  name: string;
  /** How many of its coming starts change; the first of them. */
  count: number;
  changed: MovedStart[];
}

/** A limit that changes; null is none. What is in use is null where nobody counts it. */
export interface ChangedLimit {
  name: QuotaName;
  before: number | null;
  after: number | null;
  used: number | null;
  isOver: boolean;
}

interface ResizedPool {
  name: string;
  before: PoolSize;
  after: PoolSize;
}

/** A pool whose size changes. */
export interface ChangedPool extends ResizedPool {
  used: number | null;
  /** How many tasks need more than it has then, so that their runs never start. */
  tooSmallFor: number;
}

/** What settings would do if they were saved. */
export interface SettingsImpact {
  at: number;
  tasks: MovedTask[];
  quotas: ChangedLimit[];
  pools: ChangedPool[];
  /** How many tasks were looked at, and whether not all was. */
  looked: number;
  truncated: boolean;
}

interface Concerned {
  tasks: MovedTask[];
  tooSmallFor: Map<string, number>;
  looked: number;
  isAll: boolean;
}

/** What a task's starts are compared with: the calendars until now and those to come, within one budget. */
interface Comparison {
  old: CalendarResolver;
  made: CalendarResolver;
  steps: Allowance;
}

/** Tells what settings of an organization would do before they are saved. Nothing is stored. */
@Injectable()
export class SettingsImpactService {
  private readonly logger = new Logger(SettingsImpactService.name);

  constructor(
    private readonly settings: SettingsService,
    private readonly grants: GrantsService,
    private readonly usage: UsageService,
    private readonly tasks: TaskReads,
    private readonly resolver: TriggerResolver,
    private readonly turns: Turns,
    private readonly clock: Clock,
  ) {}

  /** @throws InvalidInputError for settings that could not be saved */
  async of(organization: string, input: unknown): Promise<SettingsImpact> {
    const after = await this.settings.demand(organization, input);
    const { settings: before } = await this.settings.get(organization);
    const [ceilings, usage] = await Promise.all([this.grants.ceilings(organization), this.usage.of(organization)]);
    const sizes = resizedPools(before, after);
    const concerned = await this.concerned(organization, before, after, sizes);
    const quotas = limitsOf(strictest(before.quotas, ceilings), strictest(after.quotas, ceilings), usage);
    const pools = sizes.map((pool) => ({
      ...pool,
      used: usage.pools.find(({ name }) => name === pool.name)?.used ?? null,
      tooSmallFor: concerned.tooSmallFor.get(pool.name) ?? 0,
    }));
    return {
      at: this.clock.now(),
      tasks: concerned.tasks.slice(0, MOST_TOLD),
      quotas,
      pools,
      looked: concerned.looked,
      truncated: !concerned.isAll || concerned.tasks.length > MOST_TOLD,
    };
  }

  /**
   * The tasks that the changed calendars and pools concern; none are read where neither changes. No more than one read is
   * in memory.
   */
  private async concerned(
    organization: string,
    before: OrganizationSettings,
    after: OrganizationSettings,
    pools: readonly ResizedPool[],
  ): Promise<Concerned> {
    const calendars = changedMembers(before.calendars, after.calendars);
    const found: Concerned = { tasks: [], tooSmallFor: new Map(), looked: 0, isAll: true };
    if (calendars.length === 0 && pools.length === 0) return found;
    let [compared, isEnd] = [0, false];
    const comparison = {
      old: new CalendarResolver(this.resolver, before.calendars),
      made: new CalendarResolver(this.resolver, after.calendars),
      steps: new Allowance(MOST_STEPS, 'To tell them'),
    };
    for await (const { items, next } of newestTasks(this.tasks, organization, MOST_TASKS)) {
      found.looked += items.length;
      for (const task of items) {
        for (const { name } of pools.filter((pool) => needOf(task, pool.name) > pool.after.capacity))
          found.tooSmallFor.set(name, (found.tooSmallFor.get(name) ?? 0) + 1);
        if (!usesOneOf(task, calendars)) continue;
        const moved = compared++ < MOST_CONCERNED ? await this.moved(task, comparison) : null;
        if (moved === null) found.isAll = false;
        else if (moved.count > 0) found.tasks.push(moved);
      }
      isEnd = next === null;
    }
    return { ...found, isAll: found.isAll && isEnd };
  }

  /** The starts of the task that move; null where they cannot be told, which does not keep others from being told. */
  private async moved(task: Task, { old, made, steps }: Comparison): Promise<MovedTask | null> {
    const { id, organization, definition, next } = task;
    const now = this.clock.now();
    const from = Math.min(now, (next?.scheduledFor ?? now + 1) - 1);
    try {
      const changed = await inTurns(this.turns, organization, () => movedStarts(task, from, { old, made }, steps));
      return { id, name: definition.name, count: changed.length, changed: changed.slice(0, MOST_STARTS) };
    } catch (error) {
      this.logger.debug(`What settings would do to task ${id} cannot be told: ${messageOf(error)}`);
      return null;
    }
  }
}

const usesOneOf = ({ state, definition }: Task, calendars: readonly string[]): boolean =>
  state !== 'paused' && (definition.calendars ?? []).some((use) => calendars.includes(nameOf(use)));

/** The pools whose size changes; one that is not named has one all the same. */
const resizedPools = (before: OrganizationSettings, after: OrganizationSettings): ResizedPool[] =>
  changedMembers(before.resources, after.resources)
    .map((name) => ({ name, before: sizeIn(before.resources, name), after: sizeIn(after.resources, name) }))
    .filter((pool) => pool.before.capacity !== pool.after.capacity || pool.before.perMs !== pool.after.perMs);

const needOf = ({ definition }: Task, pool: string): number => ownMember(definition.resources ?? {}, pool) ?? 0;

function limitsOf(
  before: OrganizationSettings['quotas'],
  after: OrganizationSettings['quotas'],
  { tasks, concurrentRuns, startsPerMinute }: Usage,
): ChangedLimit[] {
  const uses = new Map<QuotaName, number | null>([
    ['tasks', tasks.used],
    ['concurrentRuns', concurrentRuns.used],
    ['startsPerMinute', startsPerMinute.used],
  ]);
  return QUOTA_NAMES.filter((name) => before[name] !== after[name]).map((name) => {
    const [used, limit] = [uses.get(name) ?? null, after[name] ?? null];
    return { name, before: before[name] ?? null, after: limit, used, isOver: (used ?? 0) > (limit ?? Infinity) };
  });
}
