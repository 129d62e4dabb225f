import { PAUSED } from '../scheduling/obstacle.js';
import { runInTheWay } from '../scheduling/overlap-reason.js';
import { ofPolicy, ofRun } from './evidence.js';
import type { RunFacts, Told } from './run-facts.js';

/** A run that was skipped, or missed its start. */
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
        'With the overlap policy "queue" it would have waited, with "allow" run beside that one, with "replace" ended it.',
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
      advice: 'A longer startDeadlineMs, or more instances or places (CONCURRENCY), would have let it start.',
      evidence: [ofPolicy('The start deadline as it is now.', { startDeadlineMs: startDeadlineMs ?? null })],
    };
  }
  const words = `was ${run.state}: ${reason}`;
  if (reason !== PAUSED) return { code: 'other', reason, words, advice: null };
  return { code: 'paused', reason, words, advice: 'What is due during a pause does not run.' };
}
