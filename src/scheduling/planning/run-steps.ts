import { runMessage, type RunMessage, type RunStep } from '../../domain/lifecycle-message.js';
import { isFinished, type Attempt, type Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import type { RunProof } from '../../domain/telling.js';
import type { RunChange } from '../ports/run-change.js';

/** A step, and how it is seen in the stored run that it was made. */
export interface RunStepTold {
  message: RunMessage;
  proof: RunProof;
}

/** Whom a change is about: the run as it is before or after it, and its task unless that was deleted. */
export interface About {
  run: Run;
  task: Task | undefined;
}

/** The attempt that ends with the change. */
const endedBy = ({ expected, progress }: RunChange): Attempt | undefined => {
  const last = progress.attempts.at(-1);
  return last?.number === expected.attempt ? last : undefined;
};

/** The attempt that is under way after the change, or has ended by it, and that has begun. */
export function begunBy(change: RunChange, now: number): { attempt: number; at: number } | undefined {
  const { expected, progress } = change;
  const isGoingOn = progress.attempt === expected.attempt && progress.owner === expected.owner;
  if (progress.state === 'running' && isGoingOn) {
    const isFirst = progress.attempts.length === 0;
    return { attempt: progress.attempt, at: isFirst ? (progress.startedAt ?? now) : now };
  }
  const ended = endedBy(change);
  return ended && ended.startedAt !== null ? { attempt: ended.number, at: ended.startedAt } : undefined;
}

/**
 * The steps that a change of a run makes, as of `now` (epoch ms): that an attempt has begun, unless that is told already,
 * that another one follows, and that the run has ended.
 */
export function stepsOf(
  change: RunChange,
  { run, task }: About,
  { now, isBegunTold, outputBytes }: { now: number; isBegunTold: boolean; outputBytes: number },
): RunStepTold[] {
  const { progress } = change;
  const steps: RunStepTold[] = [];
  const add = (type: RunStep, attempt: number, at: number, end?: RunProof['end']) =>
    void steps.push({
      message: runMessage(type, { run, task, progress }, { attempt, at, outputBytes }),
      proof: { attempt, ...(end && { end }) },
    });
  const begun = begunBy(change, now);
  if (begun && !isBegunTold) add('run.started', begun.attempt, begun.at);
  const ended = endedBy(change);
  if (ended && progress.state === 'retrying') add('run.retrying', ended.number, ended.finishedAt);
  if (isFinished(progress.state)) {
    const at = progress.finishedAt ?? now;
    add(`run.${progress.state}` as RunStep, progress.attempt, at, { state: progress.state, at });
  }
  return steps;
}
