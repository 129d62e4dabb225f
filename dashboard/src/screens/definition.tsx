import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, got, type Task, type Trigger } from '../api/client.ts';
import { lengthOf } from '../time/format.ts';
import { Section } from '../ui/parts.tsx';
import { Foreign, Json } from '../ui/text.tsx';
import { At } from '../ui/time.tsx';
import { actionLine, isTimed, triggerLine } from '../ui/triggers.ts';
import { By } from './maker.tsx';

/** What the task is, first in words. */
export function Definition({ task }: { task: Task }): ReactNode {
  const { retry, misfire } = task;
  const rows: [string, ReactNode][] = [
    ['Does', <Foreign key="a" value={actionLine(task.action)} most={500} />],
    ...(task.description === undefined
      ? []
      : [['What it is for', <Foreign key="d" value={task.description} most={2000} />] as [string, ReactNode]]),
    ...(task.tags.length === 0
      ? []
      : [['Tags', <Foreign key="t" value={task.tags.join(', ')} most={500} />] as [string, ReactNode]]),
    ['Queue and priority', <Foreign key="q" value={`${task.queue}, priority ${task.priority}`} />],
    ['If one is still running', OVERLAP[task.overlap] ?? task.overlap],
    ['If starts were missed', MISFIRE[misfire.policy ?? ''] ?? misfire.policy ?? 'the default'],
    [
      'If a run fails',
      retry.maxAttempts === undefined || retry.maxAttempts <= 1
        ? 'no other attempt'
        : `up to ${retry.maxAttempts} attempts, ${retry.backoff ?? 'exponential'} pauses`,
    ],
    ['Each attempt', `at most ${lengthOf(task.timeoutMs)}`],
    ['If its instance crashes', task.onCrash === 'retry' ? 'it runs again' : 'it fails'],
    ...(task.maxRuns === undefined
      ? []
      : [['Runs', `${task.scheduledRuns} of ${task.maxRuns}`] as [string, ReactNode]]),
    ...(task.endAt === undefined ? [] : [['Ends', <At key="e" at={task.endAt} />] as [string, ReactNode]]),
    ...(task.secretNames.length === 0
      ? []
      : [['Secrets', <Foreign key="s" value={task.secretNames.join(', ')} />] as [string, ReactNode]]),
    [
      'Created',
      <span key="c">
        <At at={task.createdAt} />
        <By maker={task.createdBy} />
      </span>,
    ],
    [
      'Changed',
      <span key="u">
        <At at={task.updatedAt} />
        <By maker={task.updatedBy} />
      </span>,
    ],
  ];
  return (
    <div className="two">
      <Section title="In words">
        <ul className="plain triggers">
          {task.triggers.map((trigger, index) => (
            <TriggerInWords key={`${trigger.type}-${index}`} trigger={trigger} />
          ))}
        </ul>
        <dl className="facts">
          {rows.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </Section>
      <Section title="As JSON">
        <Json value={task} label="The definition as JSON" />
      </Section>
    </div>
  );
}

const MISFIRE: Record<string, string> = {
  'fire-once': 'one run for all of them',
  'fire-all': 'one run for each of them',
  skip: 'none of them runs',
};

const OVERLAP: Record<string, string> = {
  skip: 'the new one is skipped',
  queue: 'the new one waits',
  allow: 'both run',
  replace: 'the old one is cancelled',
};

/** The service describes triggers; here is no second reader of cron. */
const useDescription = (trigger: Trigger): string | undefined =>
  useQuery({
    queryKey: ['preview', trigger],
    enabled: isTimed(trigger.type),
    staleTime: Infinity,
    queryFn: () => got(api.POST('/v1/triggers/preview', { body: { trigger, count: 1 } as never })),
  }).data?.description;

/** A trigger as a part of a sentence. */
export function InWords({ trigger }: { trigger: Trigger }): ReactNode {
  return <Foreign value={`${useDescription(trigger) ?? triggerLine(trigger)}. `} most={300} />;
}

function TriggerInWords({ trigger }: { trigger: Trigger }): ReactNode {
  const description = useDescription(trigger);
  return (
    <li>
      <b>
        <Foreign value={description ?? triggerLine(trigger)} most={300} />
      </b>
      {description !== undefined && (
        <span className="muted">
          {' '}
          <Foreign value={triggerLine(trigger)} most={200} />
        </span>
      )}
    </li>
  );
}
