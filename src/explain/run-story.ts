import { begun } from './begun.js';
import { ofParent } from './chain-evidence.js';
import { ofAttempts, ofRun } from './evidence.js';
import type { Story } from './explanation.js';
import { notRun } from './not-run.js';
import { pending, retrying } from './pending.js';
import type { RunFacts, Told } from './run-facts.js';
import { nameOfRun } from './words.js';

/** Explains why a run ran, waits or did not run. */
export function runStory(facts: RunFacts): Story {
  const { run, moved } = facts;
  const { words, evidence = [], ...cause } = told(facts);
  return {
    outcome: run.state,
    ...cause,
    sentence: `${nameOfRun(run)} ${words}.${moved ? ` ${moved.detail}` : ''}`,
    evidence: [ofRun(run, 'The run.'), ...ofParent(run), ...(moved ? [moved] : []), ...ofAttempts(run), ...evidence],
  };
}

function told(facts: RunFacts): Told {
  const { run } = facts;
  if (run.state === 'skipped' || run.state === 'missed') return notRun(facts);
  if (run.state === 'pending' && run.attempts.length === 0) return pending(facts);
  if (run.state === 'pending' || run.state === 'retrying') return retrying(facts);
  if (run.state === 'cancelled' && run.startedAt === null) {
    const reason = run.reason ?? 'no reason given';
    return { code: 'cancelled', reason, words: `was cancelled before it started: ${reason}`, advice: null };
  }
  return begun(facts);
}
