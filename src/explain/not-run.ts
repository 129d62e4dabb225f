import { PAUSED, runInTheWay } from '../scheduling/planning/obstacle.js';
import { isRefusal, isTooDeep } from '../events/former-starts.js';
import { ofPolicy, ofRun } from './evidence.js';
import type { RunFacts, Told } from './run-facts.js';

const END_OF_CYCLE = 'A filter that keeps one of the tasks from starting the next ends the cycle.';
const MORE_RUNS = 'A higher EVENT_DESCENDANTS lets an event start more.';

/** The story of a run that was skipped, or missed its start. */
export function notRun({ run, task, others }: RunFacts): Told {
  const reason = run.reason ?? run.state;
  const { overlap, startDeadlineMs } = task.definition;
  const blocker = runInTheWay(reason);
  if (blocker !== null) {
    const inTheWay = others.find(({ id }) => id === blocker);
    return {
      code: 'overlap',
      reason,
      words: `was ${run.state}, because the run ${blocker} of the task had not finished`,
      advice:
        'With the overlap policy "queue" it would have waited for the other run; with "allow" it would have run beside it, and with "replace" it would have ended it.',
      evidence: [
        ...(inTheWay ? [ofRun(inTheWay, 'The run that was in its way.')] : []),
        ofPolicy('The overlap policy as it is now.', { overlap }),
      ],
    };
  }
  if (run.state === 'missed') {
    return {
      code: 'start-deadline',
      reason,
      words: `was missed: ${reason.replace('startDeadlineMs: ', '')}`,
      advice: 'A longer startDeadlineMs, or more instances or slots (CONCURRENCY), would have let it start.',
      evidence: [ofPolicy('The start deadline as it is now.', { startDeadlineMs: startDeadlineMs ?? null })],
    };
  }
  const words = `was ${run.state}: ${reason}`;
  if (run.attempts.at(-1)?.outcome === 'skipped') {
    return { code: 'hook', reason, words, advice: 'A hook of the host application decides that before each attempt.' };
  }
  if (isRefusal(run)) return { code: 'event-bounds', reason, words, advice: isTooDeep(run) ? END_OF_CYCLE : MORE_RUNS };
  if (reason !== PAUSED) return { code: 'other', reason, words, advice: null };
  return { code: 'paused', reason, words, advice: 'Occurrences during a pause do not run.' };
}
