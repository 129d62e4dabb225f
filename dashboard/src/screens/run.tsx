import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { CancelRunDialog } from '../acts/cancel-run-dialog.tsx';
import { useActs, useMay } from '../acts/use-acts.ts';
import { Why } from '../acts/why.tsx';
import { useEvery } from '../app/live.ts';
import type { Run } from '../api/client.ts';
import { hasEnded } from '../api/filters.ts';
import { laterSuccessQuery, runQuery, taskQuery } from '../api/queries.ts';
import { latenessOf, lengthOf } from '../time/format.ts';
import { RunLink, TaskLink } from '../ui/links.tsx';
import { lookOf, Outcome } from '../ui/outcome.tsx';
import { CopyButton, Fact, Fault, Head, Section } from '../ui/parts.tsx';
import { Foreign, Json } from '../ui/text.tsx';
import { At } from '../ui/time.tsx';
import { zoneOfTask } from '../ui/triggers.ts';
import { Attempts } from './attempts.tsx';
import { Log } from './log.tsx';
import { reasonOf } from './run-list.tsx';

const route = getRouteApi('/runs/$id');

const RETRYABLE = ['failed', 'timed_out', 'cancelled', 'skipped', 'missed'];

/** What happened, and can I mend it? */
export function RunScreen(): ReactNode {
  const { id } = route.useParams();
  const every = useEvery(2000);
  const { data: run, error } = useQuery({
    ...runQuery(id),
    refetchInterval: ({ state }) => (hasEnded(state.data?.state) ? false : every),
  });
  const [isWhy, setWhy] = useState(false);
  // The task may have been deleted: its runs are kept.
  const { data: task } = useQuery({ ...taskQuery(run?.taskId ?? ''), enabled: run !== undefined, retry: false });
  if (!run) return error ? <Fault error={error} /> : <Head title="Run" />;
  const zone = zoneOfTask(task);
  const isFinished = hasEnded(run.state);
  return (
    <>
      <Head title={<>Run of {<Foreign value={run.taskName ?? 'a deleted task'} most={120} />}</>}>
        <RunActs run={run} isFinished={isFinished} />
        {run.trigger === 'schedule' && task && (
          <button type="button" onClick={() => setWhy(true)}>
            Why?
          </button>
        )}
      </Head>
      <p className="sentence">
        <Outcome state={run.state} /> <Sentence run={run} zone={zone} />
      </p>
      <Section title="What happened">
        <Attempts run={run} zone={zone} told={reasonOf(run)} />
        <dl className="facts">
          <Fact name="Task">{task ? <TaskLink id={task.id} name={task.name} /> : <code>{run.taskId}</code>}</Fact>
          <Fact name="Planned for">
            <At at={run.scheduledFor} taskZone={zone} />
          </Fact>
          <Fact name="Started by">
            {run.trigger}
            {run.eventId !== undefined && (
              <>
                , event <Foreign value={run.eventId} most={100} />
              </>
            )}
            {run.retryOf !== undefined && (
              <>
                {' '}
                of{' '}
                <Link to="/runs/$id" params={{ id: run.retryOf }}>
                  an earlier run
                </Link>
              </>
            )}
          </Fact>
          <Requests run={run} zone={zone} />
          {isBad(run.state) && <Later run={run} zone={zone} />}
          {run.heartbeat && (
            <Fact name="Progress">
              {run.heartbeat.percent !== undefined && `${run.heartbeat.percent} % `}
              <Foreign value={run.heartbeat.message ?? ''} /> <At at={run.heartbeat.at} taskZone={zone} />
            </Fact>
          )}
          {run.traceId !== undefined && (
            <Fact name="Trace">
              <code>{run.traceId}</code> <CopyButton text={run.traceId} what="the id of the trace" />
            </Fact>
          )}
          <Fact name="Id">
            <code>{run.id}</code>
          </Fact>
        </dl>
      </Section>
      <Log key={run.id} runId={run.id} attempts={run.attempt} isFinished={isFinished} zone={zone} />
      <div className="two">
        <Section title="Input">
          <Json value={run.parameters ?? task?.parameters ?? {}} label="Input" />
        </Section>
        <Section title="Output">
          {run.output === undefined ? <p className="muted">None.</p> : <Json value={run.output} label="Output" />}
        </Section>
      </div>
      {isWhy && <Why taskId={run.taskId} at={run.scheduledFor} runId={run.id} onClose={() => setWhy(false)} />}
    </>
  );
}

const isBad = (state: Run['state']): boolean => state === 'failed' || state === 'timed_out' || state === 'missed';

/** Whether the task has done well since. */
function Later({ run, zone }: { run: Run; zone: string | undefined }): ReactNode {
  const every = useEvery(10_000);
  const { data } = useQuery({
    ...laterSuccessQuery(run),
    refetchInterval: ({ state }) => (state.data?.items.length ? false : every),
  });
  const [later] = data?.items ?? [];
  // A look ends after so many runs, and may not have come to one.
  if (!data || (!later && data.nextCursor !== null)) return null;
  return (
    <Fact name="Since then">
      {later ? (
        <>
          a later run of the task <RunLink run={later} />, planned for <At at={later.scheduledFor} taskZone={zone} />
        </>
      ) : (
        'no later run of the task has succeeded'
      )}
    </Fact>
  );
}

/** Who asked for it, who ended it, and what comes or came after it. */
function Requests({ run, zone }: { run: Run; zone: string | undefined }): ReactNode {
  const { requested, cancelled, retriedBy = [], nextAttemptAt, state } = run;
  return (
    <>
      {requested && <Asked name="Asked for by" asked={requested} zone={zone} />}
      {cancelled && <Asked name="Cancelled by" asked={cancelled} zone={zone} />}
      {nextAttemptAt !== undefined && (
        <Fact name="Next attempt">
          <At at={nextAttemptAt} taskZone={zone} />, by itself
        </Fact>
      )}
      {retriedBy.length > 0 && (
        <Fact name="Run again as">
          {retriedBy.map((id, index) => (
            <Link key={id} to="/runs/$id" params={{ id }} className="step">
              {index === 0 ? 'a new run' : `another one (${index + 1})`}
            </Link>
          ))}
        </Fact>
      )}
      {retriedBy.length === 0 && (state === 'failed' || state === 'timed_out') && (
        <Fact name="Run again">not yet; it makes no further attempt by itself</Fact>
      )}
    </>
  );
}

interface AskedProps {
  name: string;
  asked: NonNullable<Run['requested']>;
  zone: string | undefined;
}

const Asked = ({ name, asked: { by, at, reason }, zone }: AskedProps): ReactNode => (
  <Fact name={name}>
    <Foreign value={by} most={80} />, <At at={at} taskZone={zone} />
    {reason !== undefined && (
      <>
        : <Foreign value={reason} most={500} />
      </>
    )}
  </Fact>
);

function RunActs({ run, isFinished }: { run: Run; isFinished: boolean }): ReactNode {
  const acts = useActs();
  const mayAct = useMay('operator');
  const navigate = useNavigate();
  const [isCancelling, setCancelling] = useState(false);
  if (!mayAct) return null;
  const retry = async (): Promise<void> => {
    const id = await acts.retry(run.id);
    if (id !== null) void navigate({ to: '/runs/$id', params: { id } });
  };
  return isFinished ? (
    <button type="button" className={RETRYABLE.includes(run.state) ? 'main' : ''} onClick={() => void retry()}>
      {RETRYABLE.includes(run.state) ? 'Retry' : 'Run again'}
    </button>
  ) : (
    <>
      <button type="button" onClick={() => setCancelling(true)}>
        Cancel the run…
      </button>
      {isCancelling && <CancelRunDialog runId={run.id} onClose={() => setCancelling(false)} />}
    </>
  );
}

export function Sentence({ run, zone }: { run: Run; zone: string | undefined }): ReactNode {
  const { startedAt, finishedAt, scheduledFor, trigger, attempt, state } = run;
  const late = latenessOf(run);
  const reason = reasonOf(run);
  const took =
    startedAt !== null && finishedAt !== null
      ? ` after ${lengthOf(Date.parse(finishedAt) - Date.parse(startedAt))}`
      : '';
  return (
    <span>
      It{' '}
      {hasEnded(state)
        ? `${lookOf(state).word === 'succeeded' || state === 'failed' || state === 'timed_out' ? '' : 'was '}${lookOf(state).word}`
        : `is ${lookOf(state).word}`}
      {took}
      {attempt > 1 && ` in attempt ${attempt}`}
      {late !== null && `, started ${lengthOf(late)} late`}
      {trigger === 'backfill' && startedAt !== null && (
        <>
          , backfilled at <At at={startedAt} taskZone={zone} /> for <At at={scheduledFor} taskZone={zone} />
        </>
      )}
      . {reason !== '' && <Foreign value={reason} most={2000} />}
    </span>
  );
}
