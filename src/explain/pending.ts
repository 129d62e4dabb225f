import { dueInstantOf, ofInstances, ofRun } from './evidence.js';
import type { Evidence } from './explanation.js';
import type { RunFacts, Told } from './run-facts.js';
import { rateInWords } from '../scheduling/resources/pool-sizes.js';
import { waitOf, type NeededPool } from './waiting.js';
import { duration } from './words.js';

/** The story of a run that waits for its next attempt, or for a slot to make it. */
export function retrying(facts: RunFacts): Told {
  const { run, task, now } = facts;
  const last = run.attempts.at(-1);
  const ended = (last?.error?.message ?? last?.outcome ?? 'unknown').replace(/\.$/, '');
  const tries = `; attempt ${run.attempts.length} of ${task.definition.retry.maxAttempts} ended: ${ended}`;
  if (run.dueAt <= now) return waiting(facts, run.dueAt, tries);
  return {
    code: 'retry',
    reason: 'it waits for its next attempt',
    words: `waits for its next attempt, in ${duration(run.dueAt - now)}${tries}`,
    advice: null,
  };
}

/** The story of a run that has not started. */
export function pending(facts: RunFacts): Told {
  const { run, now } = facts;
  if (run.dueAt <= now) return waiting(facts, dueInstantOf(run));
  const claimed = run.owner === null ? '' : ` by the instance ${run.owner}`;
  return {
    code: 'not-due',
    reason: 'not due yet',
    words: `is claimed${claimed} and starts when it is due, in ${duration(run.dueAt - now)}`,
    advice: null,
  };
}

function waiting({ run, task, surroundings, now }: RunFacts, since: number, more = ''): Told {
  const around = surroundings ?? { others: [], instances: [], pools: [], pause: null };
  const { words, ...cause } = waitOf(run, task, around);
  const inTheWay = around.others.filter(({ id }) => cause.reason.includes(id));
  return {
    ...cause,
    words: `has been waiting for ${duration(now - since)}: ${words}${more}`,
    evidence: [
      ...inTheWay.map((other) => ofRun(other, 'The run that it waits for.')),
      ...around.pools.map(ofPool),
      ...ofInstances(around.instances),
    ],
  };
}

const ofPool = ({ name, needed, capacity, free, perMs, nextMs }: NeededPool): Evidence => ({
  type: 'pool',
  detail:
    perMs === null
      ? `The pool "${name}" has ${capacity} units: ${free} are free, and ${needed} are needed.`
      : `The pool "${name}" has ${rateInWords({ capacity, perMs })}: ${free} are left, and ${needed} are needed.`,
  data: { name, needed, capacity, free, ...(perMs !== null && { perMs }), ...(nextMs !== null && { nextMs }) },
});
