import { OutboxRecovery } from '../../../src/outbox/outbox-recovery.js';
import { putTellings } from '../../../src/testing/memory/memory-outbox.store.js';
import { OwnWork } from '../../../src/cluster/own-work.js';
import type { PlaceLimits } from '../../../src/cluster/places.js';
import { Slots } from '../../../src/cluster/slots.js';
import type { Claim } from '../../../src/domain/claim.js';
import type { Task } from '../../../src/domain/task.js';
import { derivedId } from '../../../src/domain/ids.js';
import { EventsService } from '../../../src/events/events.service.js';
import { LockManager } from '../../../src/locking/lock-manager.js';
import { QueuePauses } from '../../../src/organizations/queue-pauses.js';
import { Dispatcher } from '../../../src/scheduling/dispatch/dispatcher.js';
import { FormerClaims } from '../../../src/scheduling/dispatch/former-claims.js';
import { UnsupportedTasks } from '../../../src/scheduling/dispatch/unsupported-tasks.js';
import { Attempts } from '../../../src/scheduling/execution/attempts.js';
import { ExecutionOrchestrator } from '../../../src/scheduling/execution/execution-orchestrator.js';
import { ActiveRuns } from '../../../src/scheduling/holding/active-runs.js';
import { HeldRuns } from '../../../src/scheduling/holding/held-runs.js';
import { RunningMarks } from '../../../src/scheduling/holding/running-marks.js';
import { OverlapRule } from '../../../src/scheduling/overlap/overlap-rule.js';
import { hasBegun } from '../../../src/scheduling/planning/precedence.js';
import { ProgressPlanner } from '../../../src/scheduling/planning/progress-planner.js';
import type { RunChange } from '../../../src/scheduling/ports/run.store.js';
import { RunPayloads } from '../../../src/scheduling/holding/run-payloads.js';
import { OccurrenceTakeover } from '../../../src/scheduling/recovery/occurrence-takeover.js';
import { RateUnits } from '../../../src/scheduling/resources/rate-units.js';
import { ResourcePools } from '../../../src/scheduling/resources/resource-pools.js';
import { Revocation } from '../../../src/scheduling/tasks/revocation.js';
import { openClaim, put } from '../../../src/testing/memory/memory-claims.js';
import { copyOf, type MemoryData } from '../../../src/testing/memory/memory-data.js';
import type { Assembly } from '../world/assembly.js';
import { letThrough, SPOILS } from '../world/spoils.js';
import { BEGIN } from '../world/timeline.js';
import type { Mutation } from './mutation.js';

/** When each lock ends by the clock of the instance that took it, world by world. */
const byOwnClock = new WeakMap<MemoryData, Map<string, number>>();

const keepingRunIds = (claims: readonly Claim[], idOf: (claim: Claim) => string): Claim[] =>
  claims.map((claim) => ({ ...claim, run: claim.run && { ...claim.run, id: idOf(claim) } }));

/** The places of one kind are not counted. */
const without = (assembly: Assembly, kind: 'handler' | 'queue'): void => {
  const { places } = assembly.get(Slots);
  const { limits } = places as unknown as { limits: PlaceLimits };
  Object.assign(places, { limits: { ...limits, [kind]: () => undefined } });
};

/** Well-known faults of systems like this one; the simulation has to find each of them. */
export const KNOWN_FAULTS: Mutation[] = [
  {
    name: 'a result is written whoever holds the run',
    store: ({ runs }, data) => {
      runs.update = (changes: readonly RunChange[], tellings) => {
        putTellings(data, tellings, (id) => data.runs.has(id));
        const known = changes.filter(({ id }) => data.runs.has(id));
        for (const { id, progress } of known) put(data, { ...data.runs.get(id)!, ...progress });
        return Promise.resolve(new Set(known.map(({ id }) => id)));
      };
    },
  },
  {
    name: 'the id of a run does not hold its nominal time',
    path: (stores) => {
      const open = stores.runs.open.bind(stores.runs);
      stores.runs.open = (claims) => open(keepingRunIds(claims, ({ taskId }) => derivedId(0, 'occurrence', taskId)));
      return stores;
    },
  },
  {
    name: 'the end of a lock is judged by the clock of an instance',
    path: (stores, process, data) => {
      const ends = byOwnClock.get(data) ?? new Map<string, number>();
      byOwnClock.set(data, ends);
      const { acquire, renew } = {
        acquire: stores.locks.acquire.bind(stores.locks),
        renew: stores.locks.renew.bind(stores.locks),
      };
      const note = (lifeMs: number) => (keys: Set<string>) => {
        // This instance's clock is further off than the documentation allows.
        for (const key of keys) ends.set(key, process.clock.now() + lifeMs);
        return keys;
      };
      stores.locks.acquire = (keys, owner, lifeMs) => acquire(keys, owner, lifeMs).then(note(lifeMs));
      stores.locks.renew = (owner, lifeMs) => renew(owner, lifeMs).then(note(lifeMs));
      const ahead = Number(process.name.slice(1)) % 2 === 0 ? 5000 : 0;
      stores.locks.holders = (keys) => {
        const held = keys.filter((key) => (ends.get(key) ?? 0) > process.clock.now() + ahead);
        return Promise.resolve(new Map(held.map((key) => [key, key.slice('instance/'.length)])));
      };
      return stores;
    },
  },
  {
    name: 'a claim does not look at the generation of its task',
    store: ({ runs }, data) => {
      runs.open = (claims: readonly Claim[]) =>
        Promise.resolve(
          claims.map((claim) => {
            const { generation } = data.tasks.get(claim.taskId) ?? claim;
            return openClaim(data, { ...claim, generation, run: claim.run && { ...claim.run, generation } });
          }),
        );
    },
  },
  {
    name: 'a change is answered without revoking what is armed',
    instance: (assembly) => {
      const dispatcher = assembly.get(Dispatcher);
      assembly.get(Revocation).revoke = (task) => {
        dispatcher.track(task);
        return Promise.resolve(task);
      };
    },
  },
  {
    name: 'a pause tells of what had begun or ended before it was stored',
    firstSeed: 50,
    instance: (assembly) => {
      const revocation = assembly.get(Revocation) as unknown as { countBegun: (task: Task) => Promise<Task> };
      revocation.countBegun = (task) => Promise.resolve(task);
      assembly.get(FormerClaims).leaveOut = (task) => Promise.resolve(task);
    },
  },
  {
    name: 'a run is acknowledged before it is stored',
    path: (stores) => {
      const insert = stores.runs.insert.bind(stores.runs);
      stores.runs.insert = (runs, tellings) => {
        insert(runs, tellings).catch(() => undefined);
        return Promise.resolve(new Set());
      };
      return stores;
    },
  },
  {
    name: 'the ledger is left out',
    path: (stores) => {
      const open = stores.runs.open.bind(stores.runs);
      stores.runs.open = (claims) => open(claims.map((claim) => ({ ...claim, ledger: [] })));
      return stores;
    },
  },
  {
    name: 'events whose runs were not stored are forgotten',
    instance: (assembly) => {
      assembly.get(EventsService).recover = () => Promise.resolve(0);
    },
  },
  {
    name: 'a task is moved on first, and its run stored after that',
    path: (stores) => {
      const { open, insert } = {
        open: stores.runs.open.bind(stores.runs),
        insert: stores.runs.insert.bind(stores.runs),
      };
      stores.runs.open = async (claims) => {
        const results = await open(claims.map((claim) => ({ ...claim, run: null })));
        await insert(claims.flatMap(({ run }, index) => (run && results[index] === 'opened' ? [run] : [])));
        return results;
      };
      return stores;
    },
  },
  {
    name: 'who takes a run over goes on with its attempt',
    instance: (assembly) => {
      const planner = assembly.get(ProgressPlanner);
      planner.takenOver = (run, _task, owner) => ({
        ...planner.keptWaiting(run, owner),
        attempt: Math.max(run.attempt, 1),
        state: 'pending',
      });
    },
  },
  {
    name: 'what was claimed ahead or only waited counts as begun after a crash',
    firstSeed: 186,
    instance: (assembly) => {
      const planner = assembly.get(ProgressPlanner);
      const takenOver = planner.takenOver.bind(planner);
      planner.takenOver = (run, task, owner, now) => takenOver({ ...run, putOff: false }, task, owner, now);
    },
  },
  {
    name: 'the misfire policy does not decide about what was left lying',
    firstSeed: 280,
    instance: (assembly) => {
      const planner = assembly.get(ProgressPlanner);
      const takenOver = planner.takenOver.bind(planner);
      planner.takenOver = (run, { definition, ...task }, ...rest) => {
        const misfire = { ...definition.misfire, policy: 'fire-all' as const };
        return takenOver(run, { ...task, definition: { ...definition, misfire } }, ...rest);
      };
    },
  },
  {
    name: 'nothing says that a run has begun, neither ahead nor after that',
    path: (stores) => {
      const raise = stores.instances.raiseStartLimit.bind(stores.instances);
      stores.instances.raiseStartLimit = (id) => raise(id, BEGIN);
      return stores;
    },
    instance: (assembly) => {
      assembly.get(RunningMarks).markSoon = () => undefined;
    },
  },
  {
    name: 'what has begun goes on beside others after a crash',
    instance: (assembly) => {
      const rule = assembly.get(OverlapRule);
      const blocking = rule.blocking.bind(rule);
      rule.blocking = (held, begunHere) => (hasBegun(held.run) ? null : blocking(held, begunHere));
    },
  },
  {
    name: 'an attempt that a stopping instance gives back is begun again under its number',
    instance: (assembly) => {
      const planner = assembly.get(ProgressPlanner);
      const after = planner.after.bind(planner);
      planner.after = (run, task, end, startedAt, now) => {
        const progress = after(run, task, end, startedAt, now);
        const isGivenBack = end.kind === 'aborted' && end.abort.kind === 'shutdown';
        return isGivenBack ? { ...progress, attempt: run.attempt } : progress;
      };
    },
  },
  {
    name: 'a change is written whatever was claimed since it was made',
    store: ({ tasks }, data) => {
      tasks.replace = (organization, task, { generation }, ledger = [], tellings = []) => {
        const stored = data.tasks.get(task.id);
        const isSame = stored?.organization === organization && stored.generation === generation;
        if (isSame) data.tasks.set(task.id, copyOf(task));
        if (isSame) data.tell(task.id, ledger);
        putTellings(data, tellings, () => isSame);
        return Promise.resolve(isSame);
      };
    },
    path: (stores, { clock }) => {
      // The change takes its time, so that others can come between.
      const get = stores.tasks.get.bind(stores.tasks);
      stores.tasks.get = async (organization, id) => {
        const task = await get(organization, id);
        await clock.sleep(400);
        return task;
      };
      return stores;
    },
  },
  {
    name: 'a handler that goes on after its attempt is forgotten',
    instance: (assembly) => {
      assembly.get(ActiveRuns).keepUntil = () => undefined;
    },
  },
  {
    name: 'another attempt does not wait for the handler of the one before',
    instance: (assembly) => {
      assembly.get(ActiveRuns).goesOn = () => false;
    },
  },
  {
    name: 'runs of other instances are not looked for',
    instance: (assembly) => {
      const rule = assembly.get(OverlapRule);
      rule.lookAround = () => Promise.resolve();
      rule.elsewhere = () => Promise.resolve({ inTheWay: [], doubtful: false });
    },
  },
  {
    name: 'units of a pool are taken without asking who holds them',
    instance: (assembly) => {
      assembly.get(ResourcePools).take = () => Promise.resolve(true);
    },
  },
  {
    name: 'units of a rate come back as soon as the attempt ends',
    limited: true,
    instance: (assembly) => {
      const [rates, attempts] = [assembly.get(RateUnits), assembly.get(Attempts)];
      const begun = new Set<string>();
      rates.begun = (runId) => void begun.add(runId);
      const dismiss = attempts.dismiss.bind(attempts);
      attempts.dismiss = (hold, assignment) => {
        dismiss(hold, assignment);
        if (begun.delete(assignment.run.id)) rates.leave(assignment.run.id);
      };
    },
  },
  {
    name: 'each instance counts the units of a rate for itself',
    limited: true,
    path: ({ locks, ...stores }, process) => {
      const own = (key: string) => (key.startsWith('rate/') ? `${key} ${process.name}` : key);
      const former = (key: string) => key.replace(` ${process.name}`, '');
      const { acquire, release, remaining } = locks;
      locks.acquire = async (keys, ...rest) => new Set([...(await acquire(keys.map(own), ...rest))].map(former));
      locks.release = (keys, owner) => release(keys.map(own), owner);
      locks.remaining = async (keys) =>
        new Map([...(await remaining(keys.map(own)))].map(([key, life]) => [former(key), life]));
      return { ...stores, locks };
    },
  },
  {
    name: 'a handler has no limit of its own',
    limited: true,
    instance: (assembly) => without(assembly, 'handler'),
  },
  {
    name: 'a queue has no limit of its own',
    limited: true,
    instance: (assembly) => without(assembly, 'queue'),
  },
  {
    name: 'a handler that goes on after its attempt has given its place back',
    firstSeed: 86,
    limited: true,
    instance: (assembly) => {
      assembly.get(HeldRuns).keepPlaces = () => undefined;
    },
  },
  {
    name: 'a claim does not count the run of its task',
    path: (stores, _process, data) => {
      const open = stores.runs.open.bind(stores.runs);
      stores.runs.open = async (claims) => {
        const results = await open(claims);
        for (const { taskId } of claims) {
          const task = data.tasks.get(taskId);
          if (task) data.tasks.set(taskId, { ...task, scheduledRuns: 0 });
        }
        return results;
      };
      return stores;
    },
  },
  {
    name: 'nobody is ever taken for dead',
    instance: (assembly) => {
      assembly.get(LockManager).deadAmong = () => Promise.resolve([]);
    },
  },
  {
    name: 'slots are handed out without regard to shares',
    crowd: true,
    instance: (assembly) => {
      const slots = assembly.get(Slots);
      slots.admits = () => slots.free > 0;
    },
  },
  {
    name: 'whoever finds an occurrence claims it, whether it can run it or not',
    unlike: true,
    instance: (assembly) => {
      const unsupported = assembly.get(UnsupportedTasks);
      unsupported.canRun = () => true;
      unsupported.leaveOut = (tasks) => [...tasks];
      assembly.get(OwnWork).hasQueueAndSkill = () => true;
    },
  },
  {
    name: 'what was claimed is begun although its handler is gone',
    unlike: true,
    instance: (assembly) => {
      const able = { hasQueueAndSkill: () => true };
      Object.assign(assembly.get(ExecutionOrchestrator), { work: able });
    },
  },
  {
    name: 'what was claimed is begun although its queue is paused',
    unlike: true,
    instance: (assembly) => {
      const pauses = assembly.get(QueuePauses);
      pauses.of = () => undefined;
    },
  },
  {
    name: 'a pause of a queue is known to the instance alone that was asked for it',
    unlike: true,
    firstSeed: 20,
    instance: (assembly) => {
      Object.assign(assembly.get(OccurrenceTakeover), { pauses: { look: () => Promise.resolve() } });
    },
  },
  {
    name: 'a run that has waited goes on without what it carries',
    instance: (assembly) => {
      assembly.get(RunPayloads).restore = () => Promise.resolve();
    },
  },
  {
    name: 'what is told of runs is not stored with them',
    path: (stores) => {
      const update = stores.runs.update.bind(stores.runs);
      stores.runs.update = (changes) => update(changes);
      return stores;
    },
  },
  {
    name: 'what is told of missed occurrences is not stored with them',
    path: (stores) => {
      const open = stores.runs.open.bind(stores.runs);
      stores.runs.open = (claims) => open(claims);
      return stores;
    },
  },
  {
    name: 'what is told is deleted before its consumer has it',
    path: (stores) => {
      const update = stores.runs.update.bind(stores.runs);
      const settle = stores.outbox.settle.bind(stores.outbox);
      stores.runs.update = async (changes, tellings = []) => {
        const accepted = await update(changes, tellings);
        for (const { stream, sequence } of tellings) void settle(stream, {}, sequence).catch(() => undefined);
        return accepted;
      };
      return stores;
    },
  },
  {
    name: 'what comes from the store has another id than what comes from memory',
    path: (stores) => {
      const read = stores.outbox.read.bind(stores.outbox);
      const renamed = (body: string) => body.replace('{"id":"', '{"id":"other-');
      stores.outbox.read = async (stream, page) => {
        const tellings = await read(stream, page);
        return tellings.map((telling) => ({ ...telling, messages: telling.messages.map(renamed) }));
      };
      return stores;
    },
  },
  {
    name: 'nobody looks for what the dead have left to be told',
    instance: (assembly) => {
      assembly.get(OutboxRecovery).start = () => undefined;
    },
  },
  ...SPOILS.map((spoil) => ({
    name: `one task takes its batch with it: ${spoil.name}`,
    spoil,
    instance: (assembly: Assembly) => (spoil.untamed ?? letThrough)(assembly),
  })),
];
