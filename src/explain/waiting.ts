import type { KnownInstance } from '../cluster/instance-registry.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { isStoppedByPause, PAUSED } from '../scheduling/obstacle.js';
import { hasBegun } from '../scheduling/overlap-rule.js';
import { isWaitReason } from '../scheduling/resource-pools.js';
import type { HeldUp } from '../scheduling/slots.js';
import type { Cause } from './explanation.js';

/** A pool that a run needs units of, as it was just seen. */
export interface NeededPool {
  name: string;
  needed: number;
  capacity: number;
  free: number;
}

/** What may keep a run waiting: unfinished runs of its task, the instances, and the pools that it needs. */
export interface Surroundings {
  others: readonly Run[];
  instances: readonly KnownInstance[];
  pools: readonly NeededPool[];
}

const PLACES = 'More instances or places (CONCURRENCY), or a higher priority, let it start sooner.';
/** What follows from the death of the instance that holds a run. */
export const TAKEOVER = 'Another one takes it over as soon as the lock has expired (LOCK_LIFE_MS) and it has a place.';

/** Why a run that is due has not started its attempt. */
export function waitOf(run: Run, task: Task, { others, instances, pools }: Surroundings): Cause {
  if (isStoppedByPause({ run, task })) {
    return {
      code: 'paused',
      reason: PAUSED,
      words: `the task is paused (${task.pausedReason}), so that it is skipped when its turn comes`,
      advice: 'What is due during a pause does not run.',
    };
  }
  if (isWaitReason(run.reason)) return shortage(run.reason!, pools);
  const inTheWay = others.find((other) => other.id !== run.id && hasBegun(other));
  if (inTheWay && task.definition.overlap !== 'allow' && !hasBegun(run)) return behind(inTheWay, task);
  return run.owner === null ? unheld(instances, run) : held(run, run.owner, instances);
}

/** Why nobody takes up what is due: no instance works, or none has a place for the organization; null when one could. */
export function nobodyToTakeIt(
  instances: readonly KnownInstance[],
  { organization }: Pick<Run, 'organization'>,
): Cause | null {
  const working = instances.filter(({ alive, leaving }) => alive && !leaving);
  if (working.length === 0) {
    return {
      code: 'no-instance',
      reason: 'no instance is working',
      words: 'no instance is alive that would take it up',
      advice: 'It goes on as soon as an instance is started.',
    };
  }
  const refusals = working.flatMap((instance) => refusalOf(instance, organization) ?? []);
  if (working.some((instance) => !instance.saturated && !refusalOf(instance, organization))) return null;
  if (refusals.length > 0) return refused(refusals[0]!);
  const [places, all] = [
    working.reduce((sum, { concurrency }) => sum + concurrency, 0),
    working.length === 1 ? 'the instance that is alive' : `all ${working.length} instances that are alive`,
  ];
  return {
    code: 'no-place',
    reason: 'every place is taken',
    words: `every place of ${all} was taken at the last heartbeat (${places} in all)`,
    advice: PLACES,
  };
}

function shortage(reason: string, pools: readonly NeededPool[]): Cause {
  const never = pools.find(({ needed, capacity }) => needed > capacity);
  const scarce = pools.map(
    ({ name, needed, capacity, free }) => `"${name}" (${needed} needed, ${free} of ${capacity} free)`,
  );
  return {
    code: 'pool',
    reason,
    words: `it waits for units of ${scarce.join(', ')}`,
    advice: never
      ? `It can never start: the capacity of "${never.name}" has to be ${never.needed} or more.`
      : 'It starts when units are given back; a larger capacity (PUT /v1/settings) lets it start sooner.',
  };
}

function behind({ id }: Run, { definition: { overlap } }: Task): Cause {
  return {
    code: 'overlap',
    reason: `overlap: it waits for run ${id}`,
    words: `the run ${id} of the task has not finished, and the overlap policy is "${overlap}"`,
    advice: 'It starts when that one has ended; with the policy "allow" it would not wait.',
  };
}

/** How an instance shares its places, where by that rule the organization gets none at present. */
const refusalOf = ({ heldUp = [], concurrency }: KnownInstance, wanted: string): Refusal | null => {
  const found = heldUp.find(({ organization }) => organization === wanted);
  return found ? { ...found, concurrency } : null;
};

type Refusal = HeldUp & { concurrency: number };

const SHARES =
  'It starts when a run of the organization ends. Whoever runs the installation sets the weights of shares.';

/** Why an organization gets no place though not every one is taken. */
function refused({ rule, places, concurrency }: Refusal): Cause {
  const holds = `the organization holds ${places} of the ${concurrency} places of an instance`;
  return rule === 'share'
    ? {
        code: 'share',
        reason: 'the organization holds its share of the places',
        words: `${holds}, which is its share while others have work`,
        advice: SHARES,
      }
    : {
        code: 'reserve',
        reason: 'the places that are left are kept for other organizations',
        words: `${holds}, and those that are left are kept for organizations that hold fewer`,
        advice: SHARES,
      };
}

const unheld = (instances: readonly KnownInstance[], run: Run): Cause =>
  nobodyToTakeIt(instances, run) ?? {
    code: 'unclaimed',
    reason: 'no instance has taken it up yet',
    words: 'no instance has taken it up yet, and one has a place',
    advice: 'It starts within moments.',
  };

function held({ organization }: Run, owner: string, instances: readonly KnownInstance[]): Cause {
  const holder = instances.find(({ id }) => id === owner);
  if (!holder?.alive) {
    return {
      code: 'instance-lost',
      reason: 'its instance died',
      words: `the instance ${owner}, which held it, is dead`,
      advice: TAKEOVER,
    };
  }
  if (holder.saturated) {
    return {
      code: 'no-place',
      reason: 'it waits for a place',
      words: `all ${holder.concurrency} places of the instance ${owner}, which holds it, are taken`,
      advice: PLACES,
    };
  }
  const refusal = refusalOf(holder, organization);
  if (refusal) return refused(refusal);
  return {
    code: 'starting',
    reason: 'it is about to start',
    words: `the instance ${owner} is about to start it`,
    advice: null,
  };
}
