import { derivedId } from '../../../src/domain/ids.js';
import { LockManager } from '../../../src/locking/lock-manager.js';
import { AttemptOutcome } from '../../../src/scheduling/attempt-outcome.js';
import { Dispatcher } from '../../../src/scheduling/dispatcher.js';
import { Revocation } from '../../../src/scheduling/revocation.js';
import type { Claim, RunChange } from '../../../src/scheduling/run.store.js';
import { hasBegun, OverlapRule } from '../../../src/scheduling/overlap-rule.js';
import { ResourcePools } from '../../../src/scheduling/resource-pools.js';
import { RunningMarks } from '../../../src/scheduling/running-marks.js';
import { EventsService } from '../../../src/triggers/events.service.js';
import { openClaim, put } from '../memory/memory-claims.js';
import { copyOf, type MemoryData } from '../memory/memory-data.js';
import { BEGIN } from '../world/timeline.js';
import type { Mutation } from './mutation.js';

/** Until when each lock is held by the clock of the instance that took it, world by world. */
const byOwnClock = new WeakMap<MemoryData, Map<string, number>>();

const keepingRunIds = (claims: readonly Claim[], idOf: (claim: Claim) => string): Claim[] =>
  claims.map((claim) => ({ ...claim, run: claim.run && { ...claim.run, id: idOf(claim) } }));

/** Faults that systems like this one are known for, each of which the simulation has to find. */
export const KNOWN_FAULTS: Mutation[] = [
  {
    name: 'a result is written whoever holds the run',
    store: ({ runs }, data) => {
      runs.update = (changes: readonly RunChange[]) => {
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
        // This instance's clock goes wrong by more than anybody promised.
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
    name: 'a run is acknowledged before it is stored',
    path: (stores) => {
      const insert = stores.runs.insert.bind(stores.runs);
      stores.runs.insert = (runs) => {
        insert(runs).catch(() => undefined);
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
      const outcome = assembly.get(AttemptOutcome);
      outcome.takenOver = (run, _task, owner) => ({
        ...outcome.keptWaiting(run, owner),
        attempt: Math.max(run.attempt, 1),
        state: 'pending',
      });
    },
  },
  {
    name: 'what was claimed ahead or only waited counts as begun after a crash',
    instance: (assembly) => {
      const outcome = assembly.get(AttemptOutcome);
      const takenOver = outcome.takenOver.bind(outcome);
      outcome.takenOver = (run, task, owner, now) => takenOver({ ...run, putOff: false }, task, owner, now);
    },
  },
  {
    name: 'the misfire policy does not decide about what was left lying',
    instance: (assembly) => {
      const outcome = assembly.get(AttemptOutcome);
      const takenOver = outcome.takenOver.bind(outcome);
      outcome.takenOver = (run, { definition, ...task }, ...rest) => {
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
      const outcome = assembly.get(AttemptOutcome);
      const after = outcome.after.bind(outcome);
      outcome.after = (run, task, end, startedAt, now) => {
        const progress = after(run, task, end, startedAt, now);
        const isGivenBack = end.kind === 'aborted' && end.abort.kind === 'shutdown';
        return isGivenBack ? { ...progress, attempt: run.attempt } : progress;
      };
    },
  },
  {
    name: 'a change is written whatever was claimed since it was made',
    store: ({ tasks }, data) => {
      tasks.replace = (organization, task, { generation }, ledger = []) => {
        const stored = data.tasks.get(task.id);
        const isSame = stored?.organization === organization && stored.generation === generation;
        if (isSame) data.tasks.set(task.id, copyOf(task));
        if (isSame) data.tell(task.id, ledger);
        return Promise.resolve(isSame);
      };
    },
    path: (stores, { clock }) => {
      // Whoever makes the change takes its time, so that there is something to be found.
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
];
