import type { KnownInstance } from '../cluster/instance-registry.js';
import { Capability, lackInWords, missingAmong, type Lack } from '../cluster/instance-work.js';
import type { LimitedPlace } from '../cluster/places.js';
import { needOf, queueOf } from '../domain/need.js';
import { toIso } from '../domain/instants.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import type { QueuePause } from '../organizations/queue-pauses.js';
import { isStoppedByPause, PAUSED } from '../scheduling/planning/obstacle.js';
import { hasBegun } from '../scheduling/planning/precedence.js';
import { isQuotaReason, isWaitReason, rateInWords } from '../scheduling/resources/pool-sizes.js';
import type { HeldUp } from '../cluster/slots.js';
import type { Cause } from './explanation.js';
import { duration } from './words.js';

/** A pool that a run needs units of, as last seen. */
export interface NeededPool {
  name: string;
  needed: number;
  capacity: number;
  free: number;
  /** The length of the window of its rate (ms); null where it has none. */
  perMs: number | null;
  /** In how many ms enough units come back, where that is known; null elsewhere, and where there are enough. */
  nextMs: number | null;
}

/** What may make a run wait: unfinished runs of its task, the instances, and the pools that it needs. */
export interface Surroundings {
  others: readonly Run[];
  instances: readonly KnownInstance[];
  pools: readonly NeededPool[];
  /** The pause of the task's queue; null while it is not paused. */
  pause: QueuePause | null;
}

const SLOTS = 'More instances or slots (CONCURRENCY), or a higher priority, let it start sooner.';
/** The consequence when the instance that holds a run has died. */
export const TAKEOVER =
  'Another instance takes it over as soon as the lock has expired (LOCK_LIFE_MS) and that instance has a slot.';

/** Why a due run has not started its attempt. */
export function waitOf(run: Run, task: Task, { others, instances, pools, pause }: Surroundings): Cause {
  if (pause) return queuePaused(pause);
  if (isStoppedByPause({ run, task })) {
    return {
      code: 'paused',
      reason: PAUSED,
      words: `the task is paused (${task.pausedReason}), so that it is skipped when its turn comes`,
      advice: 'Occurrences during a pause do not run.',
    };
  }
  if (isWaitReason(run.reason)) return shortage(run.reason!, pools);
  const inTheWay = others.find((other) => other.id !== run.id && hasBegun(other));
  if (inTheWay && task.definition.overlap !== 'allow' && !hasBegun(run)) return behind(inTheWay, task);
  return run.owner === null ? unheld(instances, task) : held(run, run.owner, instances, task);
}

/**
 * Why nobody takes up what is due: no instance works, none can run it, or none has a slot for the organization; null
 * when one could.
 */
export function nobodyToTakeIt(
  instances: readonly KnownInstance[],
  task: Pick<Task, 'organization' | 'definition'>,
): Cause | null {
  const { organization } = task;
  const there = instances.filter(({ alive, leaving }) => alive && !leaving);
  if (there.length === 0) {
    return {
      code: 'no-instance',
      reason: 'no instance is working',
      words: 'no instance is alive',
      advice: 'It goes on as soon as an instance is started.',
    };
  }
  const able = there.map((instance) => ({ instance, capability: new Capability(instance.work) }));
  const missing = missingAmong(
    needOf(task),
    able.map(({ capability }) => capability),
  );
  if (missing) return nobodyAble(missing);
  const working = able.filter(({ capability }) => capability.meets(needOf(task))).map(({ instance }) => instance);
  const refusals = working.flatMap((instance) => refusalOf(instance, organization) ?? []);
  const full = working.flatMap((instance) => fullPlaceOf(instance, task) ?? []);
  const isOpen = (instance: KnownInstance) =>
    !instance.saturated && !refusalOf(instance, organization) && !fullPlaceOf(instance, task);
  if (working.some(isOpen)) return null;
  if (refusals.length > 0) return refused(refusals[0]!);
  if (full.length > 0) return noPlace(full[0]!);
  const which = working.length < there.length ? 'can run it' : working.length === 1 ? 'is alive' : 'are alive';
  const [slots, all] = [
    working.reduce((sum, { concurrency }) => sum + concurrency, 0),
    working.length === 1 ? `the instance that ${which}` : `all ${working.length} instances that ${which}`,
  ];
  return {
    code: 'no-slot',
    reason: 'every slot is taken',
    words: `every slot of ${all} was taken at the last heartbeat (${slots} in all)`,
    advice: SLOTS,
  };
}

/** A limited place that the task needs and of which the instance has none left; null where it has. */
function fullPlaceOf(
  { id, fullPlaces = [] }: KnownInstance,
  { definition }: Pick<Task, 'definition'>,
): FullPlace | null {
  const { action } = definition;
  const found = fullPlaces.find(({ kind, name }) =>
    kind === 'queue' ? queueOf(definition) === name : action.type === 'handler' && action.name === name,
  );
  return found ? { ...found, instance: id } : null;
}

type FullPlace = LimitedPlace & { instance: string };

function noPlace({ kind, name, limit, instance }: FullPlace): Cause {
  const place = `a place of the ${kind} "${name}"`;
  return {
    code: 'no-place',
    reason: `it waits for ${place}`,
    words: `it waits for ${place} on the instance ${instance}: ${limit === 1 ? 'the only one is' : `all ${limit} are`} taken`,
    advice: `It starts when a run of the ${kind} ends, or where another instance has room; ${
      kind === 'handler' ? '@TaskHandler (concurrency)' : 'QUEUE_CONCURRENCY'
    } says how many places there are.`,
  };
}

/** Why nothing of a paused queue starts. */
export const queuePaused = ({ queue, reason, since, ofAll }: QueuePause): Cause =>
  ofAll
    ? {
        code: 'installation-paused',
        reason: 'everything is paused',
        words: `everything is paused since ${toIso(since)} (${reason})`,
        advice:
          'It goes on within a second of the end of that pause (PATCH /v1/installation/settings {"paused": null}).',
      }
    : ofQueue({ queue, reason, since });

const ofQueue = ({ queue, reason, since }: QueuePause): Cause => ({
  code: 'queue-paused',
  reason: `the queue "${queue}" is paused`,
  words: `the queue "${queue}" is paused since ${toIso(since)} (${reason})`,
  advice: `It goes on within a second of the end of that pause (POST /v1/queues/${queue}/resume).`,
});

function nobodyAble(missing: Lack): Cause {
  const words = lackInWords(missing);
  return {
    code: 'no-worker',
    reason: `no instance ${words}`,
    words: `no instance that is alive ${words}`,
    advice: `It starts as soon as there is an instance that ${words}; until then it spends no attempt.`,
  };
}

function shortage(reason: string, pools: readonly NeededPool[]): Cause {
  const never = pools.find(({ needed, capacity }) => needed > capacity);
  const advice = never && `It can never start: the capacity of "${never.name}" has to be ${never.needed} or more.`;
  const rates = pools.filter(isRate);
  const short = pools.filter(({ needed, free }) => needed > free);
  if (rates.length > 0 && short.every(isRate)) {
    return {
      code: 'rate',
      reason,
      words: `it waits for the rate of ${(short.length > 0 ? short.filter(isRate) : rates).map(rateWithNext).join(', ')}`,
      advice: advice ?? 'It starts when a unit comes back; a higher rate (PUT /v1/settings) lets it start sooner.',
    };
  }
  if (short.length === 0 && isQuotaReason(reason)) return quota(reason);
  const scarce = pools.map(
    ({ name, needed, capacity, free }) => `"${name}" (${needed} needed, ${free} of ${capacity} free)`,
  );
  return {
    code: 'pool',
    reason,
    words: `it waits for units of ${scarce.join(', ')}`,
    advice: advice ?? 'It starts when units are given back; a larger capacity (PUT /v1/settings) lets it start sooner.',
  };
}

/** The run has the units that its task needs by now, and waits for those of a quota, or is about to be called. */
const quota = (reason: string): Cause => ({
  code: 'pool',
  reason,
  words: `it ${reason}`,
  advice:
    'It starts when a run of the organization ends or a minute has passed; a higher quota (PUT /v1/settings) lets it start sooner.',
});

type NeededRate = NeededPool & { perMs: number };

const isRate = (pool: NeededPool): pool is NeededRate => pool.perMs !== null;

const rateWithNext = (pool: NeededRate): string =>
  `pool "${pool.name}" (${rateInWords(pool)}; ${pool.needed} needed, ${pool.free} left)${nextInWords(pool)}`;

function nextInWords({ nextMs, needed }: NeededPool): string {
  if (nextMs === null) return '';
  return `, ${needed === 1 ? 'next unit' : 'enough units'} in about ${duration(nextMs)}`;
}

function behind({ id }: Run, { definition: { overlap } }: Task): Cause {
  return {
    code: 'overlap',
    reason: `overlap: it waits for run ${id}`,
    words: `the run ${id} of the task has not finished, and the overlap policy is "${overlap}"`,
    advice: 'It starts when that run has ended; with the policy "allow" it would not wait.',
  };
}

/** The rule by which an instance refuses the organization a slot at present; null when it does not. */
const refusalOf = ({ heldUp = [], concurrency }: KnownInstance, wanted: string): Refusal | null => {
  const found = heldUp.find(({ organization }) => organization === wanted);
  return found ? { ...found, concurrency } : null;
};

type Refusal = HeldUp & { concurrency: number };

const SHARES =
  'It starts when a run of the organization ends. Whoever runs the installation sets the weights of shares.';

/** Why an organization gets no slot although some are free. */
function refused({ rule, slots, concurrency }: Refusal): Cause {
  const holds = `the organization holds ${slots} of the ${concurrency} slots of an instance`;
  if (rule === 'memory')
    return {
      code: 'memory',
      reason: 'the runs of the organization take as much memory as they may',
      words: 'the runs under way of the organization take as much memory of an instance as they may (HELD_BYTES)',
      advice: SHARES,
    };
  return rule === 'share'
    ? {
        code: 'share',
        reason: 'the organization holds its share of the slots',
        words: `${holds}, which is its share while others have work`,
        advice: SHARES,
      }
    : {
        code: 'reserve',
        reason: 'the slots that are left are kept for other organizations',
        words: `${holds}, and those that are left are kept for organizations that hold fewer`,
        advice: SHARES,
      };
}

const unheld = (instances: readonly KnownInstance[], task: Task): Cause =>
  nobodyToTakeIt(instances, task) ?? {
    code: 'unclaimed',
    reason: 'no instance has taken it up yet',
    words: 'no instance has taken it up yet, and one has a slot',
    advice: 'It starts within moments.',
  };

function held({ organization }: Run, owner: string, instances: readonly KnownInstance[], task: Task): Cause {
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
      code: 'no-slot',
      reason: 'it waits for a slot',
      words: `all ${holder.concurrency} slots of the instance ${owner}, which holds it, are taken`,
      advice: SLOTS,
    };
  }
  const refusal = refusalOf(holder, organization);
  if (refusal) return refused(refusal);
  const full = fullPlaceOf(holder, task);
  if (full) return noPlace(full);
  return {
    code: 'starting',
    reason: 'it is about to start',
    words: `the instance ${owner} is about to start it`,
    advice: null,
  };
}
