import { demand, ProblemError } from '../../client/index.js';
import type { components } from '../../client/schema.js';
import { REFUSALS } from '../../importers/destination/rest-destination.js';
import type { Call } from '../command.js';
import { counted } from '../../domain/counted.js';
import { EXIT, UsageError } from '../terminal/exit.js';
import { facts, table } from '../terminal/table.js';
import { listed } from './listed.js';
import { showRun, waitFor } from './runs.js';

type Task = components['schemas']['TaskResponse'];

export interface TaskListOptions {
  state?: Task['state'];
  queue?: string;
  tag?: string;
  search?: string;
  limit: number;
}

export interface PauseOptions {
  tag?: string;
  queue?: string;
  all?: true;
  reason?: string;
  until?: string;
  dryRun?: boolean;
}

export interface BackfillOptions {
  from: string;
  to: string;
  everyMs?: number;
  dryRun?: boolean;
}

/** `task list` */
export async function list({ terminal, service }: Call, options: TaskListOptions): Promise<void> {
  const { client } = await service();
  const { state, queue, tag, search, limit } = options;
  const filter = {
    ...(state && { state: [state] }),
    ...(queue && { queue }),
    ...(tag && { tag: [tag] }),
    ...(search && { q: search }),
  };
  const tasks = await listed(terminal, limit, (asked) =>
    client.GET('/v1/tasks', { params: { query: { ...filter, ...asked } } }),
  );
  await terminal.show(tasks, (items) =>
    table(
      ['ID', 'NAME', 'STATE', 'NEXT RUN', 'TRIGGERS', 'QUEUE', 'TAGS'],
      items.map(({ id, name, state: is, nextRunAt, triggers, queue: of, tags }) => [
        id,
        name,
        is,
        nextRunAt,
        triggers.map(({ type }) => type).join(', '),
        of,
        tags.join(', '),
      ]),
    ),
  );
}

/** `task get ID` */
export async function get({ terminal, service }: Call, id: string): Promise<void> {
  const { client } = await service();
  await terminal.show(await demand(client.GET('/v1/tasks/{id}', { params: { path: { id } } })), shown);
}

/** `task pause`: single tasks, or all that a filter names. */
export async function pause({ terminal, service }: Call, ids: string[], options: PauseOptions): Promise<number> {
  const { client } = await service();
  const { reason = 'paused from the command line', until, ...filter } = options;
  const body = { reason, ...(until !== undefined && { until }) };
  const each = (id: string) => demand(client.POST('/v1/tasks/{id}/pause', { params: { path: { id } }, body }));
  if (ids.length > 0) return changeEach({ terminal, filter, ids }, each);
  demandFilter(filter);
  return inPages(terminal, filter.dryRun ? 'would be paused; none was' : 'paused', (cursor) =>
    demand(client.POST('/v1/tasks/pause', { body: { ...filter, ...body, ...cursor } })),
  );
}

/** `task resume` */
export async function resume({ terminal, service }: Call, ids: string[], filter: PauseOptions): Promise<number> {
  const { client } = await service();
  const each = (id: string) => demand(client.POST('/v1/tasks/{id}/resume', { params: { path: { id } } }));
  if (ids.length > 0) return changeEach({ terminal, filter, ids }, each);
  demandFilter(filter);
  return inPages(terminal, filter.dryRun ? 'would be resumed; none was' : 'resumed', (cursor) =>
    demand(client.POST('/v1/tasks/resume', { body: { ...filter, ...cursor } })),
  );
}

/** `task run ID` */
export async function run(
  call: Call,
  id: string,
  { parameters, wait = false }: { parameters?: Record<string, unknown>; wait?: boolean },
): Promise<number> {
  const { client } = await call.service();
  const body = parameters === undefined ? {} : { parameters };
  const started = await demand(
    client.POST('/v1/tasks/{id}/run', { params: { path: { id } }, body: body as Record<string, never> }),
  );
  const last = wait ? await waitFor(call.terminal, client, started) : started;
  await call.terminal.show(last, showRun);
  return wait && last.state !== 'succeeded' ? EXIT.failed : EXIT.done;
}

/** `task backfill ID` */
export async function backfill({ terminal, service }: Call, id: string, options: BackfillOptions): Promise<void> {
  const { client } = await service();
  const answer = await demand(
    client.POST('/v1/tasks/{id}/backfill', { params: { path: { id } }, body: { dryRun: false, ...options } as never }),
  );
  await terminal.show(answer, ({ count, existing }) => {
    const there = existing > 0 ? ` ${counted(existing, 'occurrence')} had run before.` : '';
    return `${counted(count, 'run')} ${options.dryRun ? 'would start; nothing was started' : count === 1 ? 'starts' : 'start'}.${there}`;
  });
}

interface Batch {
  count: number;
  tasks: string[];
  failed: { id: string; detail: string }[];
  nextCursor: string | null;
}

async function changeEach(
  { terminal, filter, ids }: { terminal: Call['terminal']; filter: PauseOptions; ids: string[] },
  change: (id: string) => Promise<Task>,
): Promise<number> {
  if (filter.tag !== undefined || filter.queue !== undefined || filter.all || filter.dryRun) {
    throw new UsageError('Name tasks, or say --tag, --queue or --all, not both.');
  }
  const tasks: Task[] = [];
  const refused: string[] = [];
  for (const id of ids) {
    try {
      tasks.push(await change(id));
    } catch (error) {
      const isRefusal = error instanceof ProblemError && REFUSALS.includes(error.status);
      if (!isRefusal || ids.length === 1) throw error;
      refused.push(`${id}: ${error.message}`);
    }
  }
  await terminal.show(tasks, (changed) =>
    table(
      ['ID', 'NAME', 'STATE', 'NEXT RUN'],
      changed.map(({ id, name, state, nextRunAt }) => [id, name, state, nextRunAt]),
    ),
  );
  if (refused.length === 0) return EXIT.done;
  await terminal.say(refused.join('\n'));
  return EXIT.leftOut;
}

function demandFilter({ tag, queue, all }: PauseOptions): void {
  if (tag === undefined && queue === undefined && !all) {
    throw new UsageError('Which tasks? Name them, or say --tag, --queue or --all.');
  }
}

/** Changes many tasks, a part with each request. */
async function inPages(
  terminal: Call['terminal'],
  done: string,
  ask: (cursor: { cursor?: string }) => Promise<Batch>,
): Promise<number> {
  const all: Omit<Batch, 'nextCursor'> = { count: 0, tasks: [], failed: [] };
  for (let cursor: string | null | undefined; cursor !== null;) {
    const { count, tasks, failed, nextCursor } = await ask(cursor === undefined ? {} : { cursor });
    all.count += count;
    all.tasks.push(...tasks);
    all.failed.push(...failed);
    cursor = nextCursor;
  }
  await terminal.show(all, ({ count, failed }) =>
    [`${counted(count, 'task')} ${done}.`, ...failed.map(({ id, detail }) => `${id}: ${detail}`)].join('\n'),
  );
  return all.failed.length > 0 ? EXIT.leftOut : EXIT.done;
}

function shown(task: Task): string {
  const own = facts([
    ['id', task.id],
    ['name', task.name],
    ['state', task.state + (task.pausedReason === undefined ? '' : ` (${task.pausedReason})`)],
    ['next run', task.nextRunAt],
    ['queue', task.queue],
    ['priority', task.priority],
    ['tags', task.tags.join(', ')],
    ['secrets', task.secretNames.join(', ')],
    ['action', JSON.stringify(task.action)],
    ['version', task.version],
    ['changed', task.updatedAt],
  ]);
  const triggers = task.triggers.map((trigger) => [trigger.type, JSON.stringify({ ...trigger, type: undefined })]);
  return [own, '', table(['TRIGGER', ''], triggers)].join('\n');
}
