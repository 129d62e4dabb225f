import { Inject, Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { FreshReads } from '../batching/fresh-reads.js';
import { SharedWork } from '../batching/shared-work.js';
import { InstanceRegistry } from '../cluster/instance-registry.js';
import { Clock } from '../clock/clock.js';
import { SetBack } from '../lifecycle/set-back.js';
import { chunksOf } from '../domain/chunks.js';
import { groupsBy } from '../domain/groups.js';
import { EARLIEST, LATEST, toIso } from '../domain/instants.js';
import type { Task } from '../domain/task.js';
import { failuresInRow } from '../occurrences/latest-outcomes.js';
import { runsLeft } from '../scheduling/planning/claim-planner.js';
import { RunReads } from '../scheduling/ports/run.reads.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { hasPausedItself } from '../scheduling/tasks/failure-watch.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { ATTENTION_KINDS, SEVERITIES, type AttentionItem } from './attention-item.js';
import type { ZoneChange } from './changes-ahead.js';
import { ClockChanges, type ClockChangesAhead } from './clock-changes.js';
import { limitsReached } from './limits-reached.js';
import { newestTasks } from './newest-tasks.js';
import { UsageService } from './usage.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How many things of each kind are told, and how many tasks, failures and overdue tasks are looked at for them. */
const MOST_ITEMS = 50;
const MOST_TASKS = 400;
const MOST_PAUSED = 200;
const MOST_FAILURES = 400;
const AT_ONCE = 50;
const LOOKED_BACK = 20;
const FAILING = 3;
const ENDING_MS = 7 * DAY_MS;
const ENDING_RUNS = 10;

/** How far ahead clock changes are told, and how old that may be (ms): it reads a timetable for each task. */
const CHANGE_DAYS = 14;
const FRESH_MS = 60_000;

/** For how long an alarm of the audit trail is told; `verify` tells it for good. */
const ALARM_MS = 30 * DAY_MS;

/** What needs attention in an organization at an instant, the most urgent first. */
export interface Attention {
  at: number;
  items: AttentionItem[];
  /** Whether there is more than was looked at. */
  truncated: boolean;
}

interface Part {
  items: AttentionItem[];
  isAll: boolean;
}

/** Finds what needs attention; the cost does not grow with the number of tasks and runs. */
@Injectable()
export class AttentionService {
  private readonly shared = new SharedWork<Attention>();
  private readonly changes: FreshReads<Part>;

  constructor(
    private readonly tasks: TaskReads,
    private readonly runs: RunReads,
    private readonly instances: InstanceRegistry,
    private readonly clock: Clock,
    private readonly setBack: SetBack,
    private readonly usage: UsageService,
    private readonly audit: AuditService,
    clockChanges: ClockChanges,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'overdueAfterMs'>,
  ) {
    const told = async (organization: string) =>
      changesOf(await clockChanges.of(organization, CHANGE_DAYS, MOST_TASKS));
    this.changes = new FreshReads(clock, FRESH_MS, told);
  }

  of(organization: string): Promise<Attention> {
    return this.shared.of(organization, () => this.make(organization, this.clock.now()));
  }

  private async make(organization: string, at: number): Promise<Attention> {
    const found = await Promise.all([
      this.overdue(organization, at),
      this.deadInstances(),
      this.brokenTrail(organization, at),
      this.usage.of(organization).then((usage) => ({ items: limitsReached(usage), isAll: !usage.truncated })),
      this.failing(organization, at),
      this.pausedThemselves(organization),
      this.amongNewest(organization, at),
      this.changes.get(organization),
    ]);
    const parts = [...found, { items: clockSetBack(this.setBack.now), isAll: true }];
    const items = parts.flatMap((part) => part.items.slice(0, MOST_ITEMS));
    const ranks = items.map(
      ({ severity, kind }) => SEVERITIES.indexOf(severity) * ATTENTION_KINDS.length + ATTENTION_KINDS.indexOf(kind),
    );
    const order = items.map((_, index) => index).sort((a, b) => ranks[a]! - ranks[b]! || a - b);
    const isAll = parts.every((part) => part.isAll && part.items.length <= MOST_ITEMS);
    return { at, items: order.map((index) => items[index]!), truncated: !isAll };
  }

  private async overdue(organization: string, at: number): Promise<Part> {
    const range = { from: EARLIEST, before: at - this.settings.overdueAfterMs, limit: MOST_ITEMS + 1, organization };
    const late = (await this.tasks.dueBetween(range)).filter(({ next }) => next !== null);
    const items = late.map((task): AttentionItem => {
      const since = task.next!.dueAt;
      const sentence = `The occurrence that was due at ${toIso(since)} has not been taken up.`;
      return { kind: 'overdue', severity: 'critical', ...whichOf(task), since, sentence, count: 1 };
    });
    return { items, isAll: true };
  }

  private async deadInstances(): Promise<Part> {
    const dead = (await this.instances.list()).filter(({ alive }) => !alive);
    if (dead.length === 0) return { items: [], isAll: true };
    const since = Math.min(...dead.map(({ heartbeatAt }) => heartbeatAt));
    const which = dead.length === 1 ? 'An instance has' : `${dead.length} instances have`;
    const sentence = `${which} stopped without saying so; others take over the work.`;
    return { items: [{ kind: 'instance', severity: 'critical', since, sentence, count: dead.length }], isAll: true };
  }

  private async brokenTrail(organization: string, at: number): Promise<Part> {
    const alarm = await this.audit.lastAlarm(organization);
    if (!alarm || alarm.at < at - ALARM_MS) return { items: [], isAll: true };
    const sentence = `The audit trail is not what was written: an instance found it out at entry ${alarm.sequence}.`;
    return { items: [{ kind: 'audit', severity: 'critical', since: alarm.at, sentence, count: 1 }], isAll: true };
  }

  /** Tasks with a failure in the last day and several in a row. */
  private async failing(organization: string, at: number): Promise<Part> {
    const filter = { from: at - DAY_MS };
    const { items: failures, next } = await this.runs.failures(organization, filter, { limit: MOST_FAILURES });
    const ids = [...new Set(failures.map(({ taskId }) => taskId))];
    const items: AttentionItem[] = [];
    for (const part of chunksOf(ids, AT_ONCE)) {
      const range = { from: EARLIEST, before: LATEST, limit: LOOKED_BACK };
      const outlines = await this.runs.outlines(organization, part, range);
      const rows = groupsBy(outlines, ({ taskId }) => taskId);
      const inRow = new Map([...rows].map(([id, runs]) => [id, failuresInRow(runs)]));
      const wanted = part.filter((id) => (inRow.get(id) ?? 0) >= FAILING);
      const tasks = wanted.length > 0 ? await this.tasks.byIds(wanted) : [];
      for (const task of tasks.filter((each) => each.organization === organization && each.state === 'active')) {
        const count = inRow.get(task.id)!;
        const latest = failures.find(({ taskId }) => taskId === task.id)!;
        const many = count === LOOKED_BACK ? `${count} or more` : String(count);
        const sentence = `The last ${many} runs failed or timed out.`;
        const since = latest.finishedAt ?? latest.scheduledFor;
        items.push({ kind: 'failing', severity: 'warning', ...whichOf(task), since, sentence, count });
      }
    }
    return { items, isAll: next === null };
  }

  private async pausedThemselves(organization: string): Promise<Part> {
    const { items: paused, next } = await this.tasks.list(organization, { state: 'paused' }, { limit: MOST_PAUSED });
    const items = paused.filter(hasPausedItself).map((task): AttentionItem => {
      const sentence = 'It was paused because its runs kept failing.';
      return {
        kind: 'auto-paused',
        severity: 'warning',
        ...whichOf(task),
        since: task.updatedAt,
        sentence,
        count: 1,
      };
    });
    return { items, isAll: next === null };
  }

  /** Among the newest active tasks, those that never ran although they were due, and those that end soon. */
  private async amongNewest(organization: string, at: number): Promise<Part> {
    const items: AttentionItem[] = [];
    let isAll = false;
    for await (const page of newestTasks(this.tasks, organization, MOST_TASKS, { state: 'active' })) {
      items.push(...page.items.flatMap((task) => endingOf(task, at)));
      items.push(...(await this.neverRan(organization, page.items, at)));
      isAll = page.next === null;
    }
    return { items, isAll };
  }

  private async neverRan(organization: string, tasks: readonly Task[], at: number): Promise<AttentionItem[]> {
    const old = tasks.filter(({ createdAt, scheduledRuns }) => createdAt < at - HOUR_MS && scheduledRuns === 0);
    if (old.length === 0) return [];
    const range = { from: EARLIEST, before: LATEST, limit: 1 };
    const ran = new Set((await this.runs.outlines(organization, old.map(({ id }) => id), range)).map((run) => run.taskId)); // prettier-ignore
    const items: AttentionItem[] = [];
    for (const task of old.filter(({ id }) => !ran.has(id)).slice(0, MOST_ITEMS)) {
      const [entry] = await this.runs.ledgerBefore(organization, task.id, at, 1);
      if (!entry) continue;
      const sentence = `It was due and never ran; the last time: ${entry.reason.slice(0, 200)}.`;
      const { from: since, count } = entry;
      items.push({ kind: 'never-ran', severity: 'warning', ...whichOf(task), since, sentence, count });
    }
    return items;
  }
}

const whichOf = ({ id, definition: { name } }: Task) => ({ taskId: id, name });

function clockSetBack(step: SetBack['now']): AttentionItem[] {
  if (!step) return [];
  const sentence = `The clock was set back: until ${toIso(step.until)}, what had run is not run again; intervals go on.`;
  return [{ kind: 'clock-set-back', severity: 'warning', since: step.at, sentence, count: 1 }];
}

function endingOf(task: Task, at: number): AttentionItem[] {
  const { endAt, maxRuns } = task.definition;
  const end = endAt === undefined ? null : Date.parse(endAt);
  const left = runsLeft(task);
  const item = { kind: 'ending', severity: 'notice', ...whichOf(task), since: null } as const;
  if (end !== null && end >= at && end < at + ENDING_MS)
    return [{ ...item, sentence: `It ends at ${toIso(end)}.`, count: 1 }];
  if (maxRuns === undefined || maxRuns <= ENDING_RUNS || left > ENDING_RUNS) return [];
  return [{ ...item, sentence: `${left} of its ${maxRuns} runs are left.`, count: left }];
}

/** The coming clock changes that leave out or repeat an occurrence. */
function changesOf({ items, truncated }: ClockChangesAhead): Part {
  const affecting = items.filter(({ tasks }) => tasks.length > 0);
  return { items: affecting.slice(0, MOST_ITEMS).map(changeItem), isAll: !truncated && affecting.length <= MOST_ITEMS };
}

function changeItem({ zone, at, kind, tasks, truncated }: ZoneChange): AttentionItem {
  const count = tasks.length;
  const who = `${count}${truncated ? ' tasks or more have' : count === 1 ? ' task has' : ' tasks have'} an occurrence`;
  const [way, what] = kind === 'gap' ? ['forward', 'is left out'] : ['back', 'comes twice'];
  const sentence = `The clocks of ${zone} go ${way} at ${toIso(at)}: ${who} in the time that ${what}.`;
  return { kind: 'clock-change', severity: 'notice', since: null, sentence, count };
}
