import { demand } from '../../client/index.js';
import type { Call } from '../command.js';
import { counted } from '../../domain/counted.js';
import { EXIT, UsageError } from '../terminal/exit.js';
import { facts, table } from '../terminal/table.js';
import { listed } from './listed.js';

export interface PreviewOptions {
  cron?: string;
  timeZone?: string;
  trigger?: Record<string, unknown>;
  from?: string;
  count: number;
}

/** `preview`: when a trigger would fire. */
export async function preview({ terminal, service }: Call, options: PreviewOptions): Promise<void> {
  const { client } = await service();
  const body = { trigger: triggerOf(options), count: options.count, ...(options.from && { from: options.from }) };
  const answer = await demand(client.POST('/v1/triggers/preview', { body: body as never }));
  await terminal.show(answer, ({ description, runs }) =>
    [
      facts([['when', description]]),
      '',
      table(
        ['AT', 'LOCAL', 'REMARK'],
        runs.map(({ at, local, shifted }) => [at, local, shifted ? 'moved by a change of the clock' : '']),
      ),
    ].join('\n'),
  );
}

function triggerOf({ cron, timeZone, trigger }: PreviewOptions): Record<string, unknown> {
  if ((cron === undefined) === (trigger === undefined)) throw new UsageError('Say --cron or --trigger.');
  if (trigger !== undefined) return trigger;
  return { type: 'cron', expression: cron, ...(timeZone !== undefined && { timeZone }) };
}

/** `explain TASK`: why an occurrence ran, waited or did not run. */
export async function explain({ terminal, service }: Call, id: string, { at }: { at?: string }): Promise<void> {
  const { client } = await service();
  const query = at === undefined ? {} : { at };
  const answer = await demand(client.GET('/v1/tasks/{id}/explain', { params: { path: { id }, query } }));
  await terminal.show(answer, ({ sentence, advice, evidence, ...rest }) =>
    [
      facts([
        ['at', rest.at],
        ['outcome', rest.outcome],
        ['because', sentence],
        ['advice', advice],
      ]),
      '',
      table(
        ['EVIDENCE', 'DETAIL'],
        evidence.map(({ type, detail }) => [type, detail]),
      ),
    ].join('\n'),
  );
}

/** `forecast`: the expected load. */
export async function forecast({ terminal, service }: Call, { hours }: { hours: number }): Promise<void> {
  const { client } = await service();
  const answer = await demand(client.GET('/v1/forecast', { params: { query: { hours } } }));
  await terminal.show(answer, ({ from, to, starts, tasks, truncated, minutes, hotSeconds }) => {
    const busiest = minutes.toSorted((a, b) => b.starts - a.starts).slice(0, 10);
    return [
      facts([
        ['from', from],
        ['to', to],
        ['starts', `${starts} of ${counted(tasks, 'task')}${truncated ? '; not all were looked at' : ''}`],
      ]),
      '',
      table(
        ['BUSIEST MINUTE', 'STARTS'],
        busiest.map((minute) => [minute.at, minute.starts]),
      ),
      '',
      table(
        ['BUSIEST SECOND', 'STARTS', 'SUGGESTION'],
        hotSeconds.map((second) => [second.at, second.starts, second.suggestion]),
      ),
    ].join('\n');
  });
}

/** `queues` */
export async function queues({ terminal, service }: Call): Promise<void> {
  const { client } = await service();
  const { items } = await demand(client.GET('/v1/queues'));
  await terminal.show(items, (all) =>
    table(
      ['QUEUE', 'WAITING', 'RUNNING', 'UPCOMING', 'OLDEST DUE', 'WORKERS', 'PAUSED'],
      all.map(({ name, waiting, running, upcoming, oldest, workers, paused }) => [
        name,
        waiting,
        running,
        upcoming,
        oldest?.dueAt,
        workers.length,
        (paused as { reason: string } | null)?.reason,
      ]),
    ),
  );
}

/** `instances` */
export async function instances({ terminal, service }: Call, { limit }: { limit: number }): Promise<void> {
  const { client } = await service();
  const all = await listed(terminal, limit, (asked) => client.GET('/v1/instances', { params: { query: asked } }));
  await terminal.show(all, (items) =>
    table(
      ['INSTANCE', 'VERSION', 'STATE', 'STARTED', 'HEARTBEAT', 'RUNNING', 'OF', 'QUEUES'],
      items.map((each) => [
        each.id,
        each.version,
        !each.alive ? 'dead' : each.leaving ? 'leaving' : each.saturated ? 'full' : 'working',
        each.startedAt,
        each.heartbeatAt,
        each.running,
        each.concurrency,
        each.queues === null ? 'all' : each.queues.join(', '),
      ]),
    ),
  );
}

/** `overdue`: what is due and does not start. Some is a failure. */
export async function overdue({ terminal, service }: Call): Promise<number> {
  const { client } = await service();
  const { items } = await demand(client.GET('/v1/attention'));
  const late = items.filter(({ kind }) => kind === 'overdue');
  await terminal.show(late, (all) =>
    all.length === 0
      ? 'Nothing is overdue.'
      : table(
          ['TASK', 'NAME', 'SINCE', 'WHY'],
          all.map(({ taskId, name, since, sentence }) => [taskId, name, since, sentence]),
        ),
  );
  return late.length > 0 ? EXIT.failed : EXIT.done;
}

export interface VerifyOptions {
  installation?: boolean;
  sequence?: number;
  hash?: string;
}

/** `audit verify`: proves the audit trail. One that does not hold is a failure. */
export async function verify({ terminal, service }: Call, options: VerifyOptions): Promise<number> {
  const { client } = await service();
  const { installation = false, ...query } = options;
  if ((query.sequence === undefined) !== (query.hash === undefined)) {
    throw new UsageError('--sequence and --hash belong together.');
  }
  const path = installation ? '/v1/installation/audit/verify' : '/v1/audit/verify';
  const answer = await demand(client.GET(path, { params: { query } }));
  await terminal.show(answer, ({ valid, checked, firstInvalid, head }) =>
    facts([
      ['valid', terminal.paint(valid ? 'yes' : 'NO', valid ? 'green' : 'red')],
      ['checked', counted(checked, 'entry', 'entries')],
      ...(firstInvalid ? [['at fault', `${firstInvalid.sequence}: ${firstInvalid.reason}`] as const] : []),
      ...(head ? [['head', `${head.sequence} ${head.hash}`] as const] : []),
    ]),
  );
  return answer.valid ? EXIT.done : EXIT.failed;
}
