import type { Schemas, Task } from '../api/client.ts';
import { lookOf } from '../ui/outcome.tsx';

type Outcomes = Schemas['TaskOutcomesResponse'];

export interface Verdict {
  tone: 'good' | 'bad' | 'calm';
  sentence: string;
  /** An instant that ends the sentence. */
  at?: string;
}

const BAD = ['failed', 'timed_out', 'missed'];
const ENDED = [...BAD, 'succeeded'];

const NEVER: Verdict = { tone: 'calm', sentence: 'No run of it has ended yet.' };
const LONG_AGO: Verdict = {
  tone: 'calm',
  sentence: 'None of its latest occurrences ran to an end; one last succeeded at',
};

/** How a task does, in one sentence, by its last outcomes. */
export function verdictOf({ state }: Pick<Task, 'state'>, outcomes: Outcomes | null): Verdict {
  const ended = (outcomes?.outcomes ?? []).filter(({ outcome }) => ENDED.includes(outcome));
  const last = ended.at(-1);
  if (state === 'active' && outcomes?.overdueSince)
    return { tone: 'bad', sentence: 'It should have started, and has not, since', at: outcomes.overdueSince };
  const row = outcomes?.failuresInRow ?? 0;
  if (row > 0) {
    const runs = row === 1 ? 'Its last run' : `Its last ${row.toLocaleString('en')} runs`;
    const since = outcomes?.lastSuccessAt;
    return since
      ? { tone: 'bad', sentence: `${runs} failed; one last succeeded at`, at: since }
      : { tone: 'bad', sentence: `${runs} failed, and none before that is known to have succeeded.` };
  }
  if (!last) return outcomes?.lastSuccessAt ? { ...LONG_AGO, at: outcomes.lastSuccessAt } : NEVER;
  const bad = sumOf(ended.filter(({ outcome }) => BAD.includes(outcome)));
  const rest =
    bad === 0 ? '' : ` Of the last ${sumOf(ended).toLocaleString('en')}, ${bad.toLocaleString('en')} did not.`;
  const isBad = BAD.includes(last.outcome);
  const sentence = isBad ? `Its last one is ${lookOf(last.outcome).word}.${rest}` : `Its last run succeeded.${rest}`;
  return { tone: isBad ? 'bad' : 'good', sentence };
}

const sumOf = (outcomes: readonly { count: number }[]): number => outcomes.reduce((sum, { count }) => sum + count, 0);
