import { demand, type TaskRunnerClient } from '../../client/index.js';
import type { components } from '../../client/schema.js';
import type { Call } from '../command.js';
import { counted } from '../../domain/counted.js';
import { UsageError } from '../terminal/exit.js';
import { facts, table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import { listed } from './listed.js';

type Run = components['schemas']['RunResponse'];

const LOOK_MS = 500;

export interface RunListOptions {
  task?: string;
  state?: Run['state'][];
  trigger?: Run['trigger'];
  from?: string;
  to?: string;
  limit: number;
}

export interface RetryOptions {
  task?: string;
  from?: string;
  to?: string;
  code?: string;
  dryRun?: boolean;
}

/** `run list` */
export async function list({ terminal, service }: Call, options: RunListOptions): Promise<void> {
  const { client } = await service();
  const { task, limit, ...filter } = options;
  const query = { ...filter, ...(task !== undefined && { taskId: task }) };
  const runs = await listed(terminal, limit, (asked) =>
    client.GET('/v1/runs', { params: { query: { ...query, ...asked } as never } }),
  );
  await terminal.show(runs, (items) =>
    table(
      ['ID', 'TASK', 'TRIGGER', 'SCHEDULED FOR', 'STATE', 'ATTEMPT', 'LATE MS', 'REASON'],
      items.map((run) => [
        run.id,
        run.taskId,
        run.trigger,
        run.scheduledFor,
        run.state,
        run.attempt,
        run.latenessMs,
        reasonOf(run),
      ]),
    ),
  );
}

/** `run get ID` */
export async function get({ terminal, service }: Call, id: string): Promise<void> {
  const { client } = await service();
  await terminal.show(await runOf(client, id), showRun);
}

/** `run retry`: one, or all that a filter names. */
export async function retry({ terminal, service }: Call, id: string | undefined, options: RetryOptions): Promise<void> {
  const { client } = await service();
  const { task, ...filter } = options;
  const hasFilter = task !== undefined || Object.keys(filter).length > 0;
  if (id !== undefined) {
    if (hasFilter) throw new UsageError('Name a run, or say which by --task, --from, --to or --code, not both.');
    const again = await demand(client.POST('/v1/runs/{id}/retry', { params: { path: { id } } }));
    return terminal.show(again, showRun);
  }
  if (!hasFilter) throw new UsageError('Which runs? Name one, or say --task, --from, --to or --code.');
  const body = { ...filter, ...(task !== undefined && { taskId: task }) };
  const answer = await demand(client.POST('/v1/runs/retry', { body: body as never }));
  await terminal.show(answer, ({ count, next }) => {
    const more = next ? ` There are more, from ${next} on.` : '';
    return `${counted(count, 'failed run')} ${options.dryRun ? 'would be driven again; nothing was started' : 'driven again'}.${more}`;
  });
}

/** `run cancel ID` */
export async function cancel({ terminal, service }: Call, id: string): Promise<void> {
  const { client } = await service();
  await terminal.show(await demand(client.POST('/v1/runs/{id}/cancel', { params: { path: { id } } })), showRun);
}

/** Waits for the end of a run. */
export async function waitFor(terminal: Terminal, client: TaskRunnerClient, run: Run): Promise<Run> {
  let now = run;
  while (now.finishedAt === null) {
    await terminal.clock.sleep(LOOK_MS);
    now = await runOf(client, run.id);
  }
  return now;
}

const runOf = (client: TaskRunnerClient, id: string): Promise<Run> =>
  demand(client.GET('/v1/runs/{id}', { params: { path: { id } } }));

/** Why it ended as it did. */
const reasonOf = ({ reason, attempts }: Run): string => {
  const error = attempts.at(-1)?.error;
  return reason ?? (error ? `${error.code}: ${error.message}` : '');
};

/** A run for people. */
export function showRun(run: Run): string {
  const own = facts([
    ['id', run.id],
    ['task', run.taskId],
    ['trigger', run.trigger],
    ['scheduled for', run.scheduledFor],
    ['state', run.state],
    ['started', run.startedAt],
    ['finished', run.finishedAt],
    ['late', run.latenessMs === null ? null : `${run.latenessMs} ms`],
    ['reason', reasonOf(run)],
    ['output', run.output === undefined ? null : JSON.stringify(run.output)],
  ]);
  if (run.attempts.length === 0) return own;
  const attempts = run.attempts.map(({ number, instance, startedAt, finishedAt, outcome, error }) => [
    number,
    startedAt,
    finishedAt,
    outcome,
    error ? `${error.code}: ${error.message}` : '',
    instance,
  ]);
  return [own, '', table(['ATTEMPT', 'STARTED', 'FINISHED', 'OUTCOME', 'ERROR', 'INSTANCE'], attempts)].join('\n');
}
