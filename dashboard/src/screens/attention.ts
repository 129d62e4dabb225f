import type { Schemas } from '../api/client.ts';

export interface Concern {
  id: string;
  tone: 'bad' | 'odd';
  /** The task that the sentence is about, where it is about one. */
  name?: string;
  sentence: string;
  /** Where something can be done about it. */
  to: '/instances' | '/runs' | '/tasks' | '/tasks/$id' | '/forecast' | '/audit';
  params?: Record<string, string>;
  search?: Record<string, string>;
}

interface Known {
  stats?: Schemas['StatsResponse'] | undefined;
  instances?: Schemas['InstancePage'] | undefined;
  queues?: Schemas['QueueListResponse'] | undefined;
  forecast?: Schemas['ForecastResponse'] | undefined;
  attention?: Schemas['AttentionResponse'] | undefined;
}

/** Where what is not about one task is seen best; the instances show what is in use of quotas and pools, too. */
const PLACES: Partial<Record<string, Concern['to']>> = { 'clock-change': '/forecast', audit: '/audit' };

const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** What somebody should look at, the worst first. */
export function concernsOf({ stats, instances, queues, forecast, attention }: Known): Concern[] {
  const concerns: Concern[] = [];
  const add = (tone: Concern['tone'], id: string, sentence: string, to: Concern['to'], state?: string): void =>
    void concerns.push({ id, tone, sentence, to, ...(state !== undefined && { search: { state } }) });
  if (instances && !instances.items.some(({ alive, works }) => alive && works)) {
    add('bad', 'nobody', 'No instance runs tasks: nothing starts.', '/instances');
  }
  const tasksOf = (severity: string): void => {
    for (const { kind, taskId, name, sentence } of attention?.items.filter((each) => each.severity === severity) ??
      []) {
      const [tone, id] = [severity === 'critical' ? 'bad' : 'odd', `${kind} ${taskId ?? sentence}`] as const;
      concerns.push(
        taskId === undefined
          ? { id, tone, sentence, to: PLACES[kind] ?? '/instances' }
          : { id, tone, ...(name !== undefined && { name }), sentence, to: '/tasks/$id', params: { id: taskId } },
      );
    }
  };
  tasksOf('critical');
  for (const { kind, name, tasks } of instances?.missing ?? []) {
    add('bad', `missing ${kind} ${name}`, `${many(tasks, 'task')} wait for ${inWords(kind, name)}.`, '/instances');
  }
  for (const state of ['failed', 'timed_out', 'missed'] as const) {
    const count = stats?.lastHour[state] ?? 0;
    const word = state.replace('_', ' ');
    if (count > 0)
      add('bad', state, `${many(count, 'run')} ${word} in the last hour; some may be mended by now.`, '/runs', state);
  }
  tasksOf('warning');
  for (const { name, paused, waiting } of queues?.items ?? []) {
    if (paused)
      add('odd', `queue ${name}`, `The queue ${name} is paused: ${waiting} wait. ${paused.reason}`, '/instances');
  }
  const full = instances?.items.filter(({ alive, saturated }) => alive && saturated).length ?? 0;
  if (full > 0) add('odd', 'full', `${many(full, 'instance')} had no free slot at the last heartbeat.`, '/instances');
  const paused = stats?.tasks.paused ?? 0;
  if (paused > 0)
    add('odd', 'paused', `${many(paused, 'task')} ${paused === 1 ? 'is' : 'are'} paused.`, '/tasks', 'paused');
  const hot = forecast?.hotSeconds[0];
  if (hot) add('odd', 'hot', `${hot.starts} tasks start in one second within the hour. ${hot.suggestion}`, '/forecast');
  tasksOf('notice');
  return concerns;
}

const MISSING: Record<string, string> = {
  work: 'an instance that runs tasks',
  queue: 'an instance that works the queue',
  handler: 'an instance with the handler',
  action: 'an instance with the action',
  'trigger-type': 'an instance with the trigger',
  'paused-queue': 'the paused queue',
};

const inWords = (kind: string, name: string): string => `${MISSING[kind] ?? kind}${name === '' ? '' : ` ${name}`}`;
