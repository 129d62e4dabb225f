import type { KnownInstance } from '../cluster/instance-registry.js';
import { toIso } from '../domain/instants.js';
import type { Task } from '../domain/task.js';
import { ofInstances, ofPolicy } from './evidence.js';
import type { Cause, Evidence, Story } from './explanation.js';
import { nobodyToTakeIt } from './waiting.js';
import { duration, nameOfOccurrence } from './words.js';

/** An occurrence that nobody has claimed: its nominal and due instants (epoch ms), and what moved its start. */
export interface Planned {
  at: number;
  dueAt: number;
  moved: Evidence | null;
}

/** The story of an occurrence that is not due yet. */
export function upcomingStory({ at, dueAt, moved }: Planned, { pausedUntil }: Task, now: number): Story {
  const pause = pausedUntil === null ? '' : `, after the pause that ends at ${toIso(pausedUntil)}`;
  return {
    outcome: 'upcoming',
    code: 'not-due',
    reason: 'not due yet',
    sentence: `${nameOfOccurrence(at)} is to come: it is due in ${duration(dueAt - now)}${pause}.${moved ? ` ${moved.detail}` : ''}`,
    advice: null,
    evidence: moved ? [moved] : [],
  };
}

/** Why an occurrence is due and nobody has claimed it; `cause` if that is known already. */
export function overdueStory(
  { at, dueAt, moved }: Planned,
  task: Task,
  now: number,
  instances: readonly KnownInstance[],
  cause: Cause | null = null,
): Story {
  const { words, ...rest } = cause ?? nobodyToTakeIt(instances, task) ?? notYet(task, dueAt, now);
  const { misfire } = task.definition;
  return {
    outcome: 'overdue',
    ...rest,
    sentence: `${nameOfOccurrence(at)} is overdue by ${duration(now - dueAt)}: ${words}.${afterGrace(task, dueAt, now)}`,
    evidence: [
      ...(moved ? [moved] : []),
      ofPolicy('The misfire policy decides about it when it is claimed past its grace.', { misfire: { ...misfire } }),
      ...ofInstances(instances),
    ],
  };
}

const notYet = ({ definition: { misfire } }: Task, dueAt: number, now: number): Cause =>
  now - dueAt <= misfire.graceMs
    ? { code: 'starting', reason: 'it has just become due', words: 'it has just become due', advice: null }
    : {
        code: 'unclaimed',
        reason: 'no instance has claimed it yet',
        words: 'no instance has claimed it yet, although one has a slot',
        advice: 'An instance that looks for overdue occurrences claims it within seconds.',
      };

const CONSEQUENCES = {
  'fire-once': 'When it is claimed, the last missed occurrence runs.',
  'fire-all': 'When it is claimed, the missed occurrences run, within maxCount and maxAgeMs.',
  skip: 'When it is claimed, the missed occurrences do not run.',
} as const;

function afterGrace({ definition: { misfire } }: Task, dueAt: number, now: number): string {
  if (now - dueAt <= misfire.graceMs) return '';
  return ` ${CONSEQUENCES[misfire.policy]}`;
}
