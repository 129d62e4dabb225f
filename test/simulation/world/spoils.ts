import type { Task } from '../../../src/domain/task.js';
import { unreadableTask } from '../../../src/domain/unreadable.js';
import type { Claim } from '../../../src/domain/claim.js';
import type { HandlerAction } from '../../../src/integrations/handler/handler.action.js';
import type { EventAction } from '../../../src/integrations/event.action.js';
import type { ActionContext } from '../../../src/integrations/action.js';
import { ActionRegistry } from '../../../src/integrations/action-registry.js';
import type { RunChange } from '../../../src/scheduling/ports/run.store.js';
import { AttemptRunner } from '../../../src/scheduling/execution/attempt-runner.js';
import { Attempts } from '../../../src/scheduling/execution/attempts.js';
import { SetAside } from '../../../src/scheduling/holding/set-aside.js';
import { Needs } from '../../../src/scheduling/resources/needs.js';
import { SecretsService } from '../../../src/secrets/secrets.service.js';
import { TriggerResolver } from '../../../src/triggers/trigger-resolver.js';
import type { Stores } from '../../conformance/fixture.js';
import type { MemoryData } from '../../../src/testing/memory/memory-data.js';
import type { Assembly } from './assembly.js';

/** Whether the task is spoiled now. */
export type IsSpoiled = (taskId: string) => boolean;

/** A fault of one task, for as long as the task is spoiled. */
export interface Spoil {
  name: string;
  path?(stores: Stores, isSpoiled: IsSpoiled, data: MemoryData): void;
  instance?(assembly: Assembly, isSpoiled: IsSpoiled): void;
  /** Puts a known fault into the engine: what fails for one task is not kept from the others of its batch. */
  untamed?(assembly: Assembly): void;
}

/** Who sets a task aside lets the error through. */
export const letThrough = (assembly: Assembly): void => {
  assembly.get(SetAside).note = (_task, error) => {
    throw error;
  };
};

const SPOILED = 'the task is spoiled';
const fault = (): never => {
  throw new TypeError(SPOILED);
};

/** Changes the spoiled task in everything that the store returns. */
function changing(stores: Stores, isSpoiled: IsSpoiled, change: (task: Task) => Task): void {
  const { tasks } = stores;
  const changed = (found: Task[]) => found.map((task) => (isSpoiled(task.id) ? change(task) : task));
  const dueBetween = tasks.dueBetween.bind(tasks);
  const byIds = tasks.byIds.bind(tasks);
  const forEvent = tasks.forEvent.bind(tasks);
  tasks.dueBetween = (range) => dueBetween(range).then(changed);
  tasks.byIds = (ids) => byIds(ids).then(changed);
  tasks.forEvent = async (...asked) => {
    const page = await forEvent(...asked);
    return { ...page, items: changed(page.items) };
  };
}

const withFilter = (task: Task): Task => {
  const triggers = task.definition.triggers.map((trigger) =>
    trigger.type === 'event' ? { ...trigger, filter: { 'data.x': { $unknown: 1 } } } : trigger,
  );
  return { ...task, definition: { ...task.definition, triggers } };
};

/** The context of an attempt whose template reads a parameter that throws. */
const withTemplate = (context: ActionContext): ActionContext => {
  const parameters = Object.defineProperty({}, 'broken', { get: fault });
  const definition = { ...context.task.definition, parameters };
  return Object.create(context, { task: { value: { ...context.task, definition } } }) as ActionContext;
};

/** Attempts are begun by a program that first computes something for them. */
const computingFirst = (assembly: Assembly, compute: (task: Task) => unknown): void => {
  const attempts = assembly.get(Attempts);
  const start = attempts.start.bind(attempts);
  attempts.start = (hold) => {
    compute(hold.task);
    return start(hold);
  };
};

/** One fault for each point at which something is computed or written for one item of a batch. */
export const SPOILS: Spoil[] = [
  {
    name: 'its timetable cannot be made',
    instance: (assembly, isSpoiled) => {
      const resolver = assembly.get(TriggerResolver);
      const timetableOf = resolver.timetableOf.bind(resolver);
      resolver.timetableOf = (task, ...rest) => (isSpoiled((task as Task).id) ? fault() : timetableOf(task, ...rest));
    },
  },
  {
    name: 'its next occurrence throws',
    instance: (assembly, isSpoiled) => {
      const resolver = assembly.get(TriggerResolver);
      const timetableOf = resolver.timetableOf.bind(resolver);
      resolver.timetableOf = (task, ...rest) => {
        const timetable = timetableOf(task, ...rest);
        if (isSpoiled((task as Task).id)) Object.assign(timetable, { next: fault });
        return timetable;
      };
    },
  },
  { name: 'its filter cannot be compiled', path: (stores, isSpoiled) => changing(stores, isSpoiled, withFilter) },
  {
    name: 'its record cannot be read',
    path: (stores, isSpoiled) =>
      changing(stores, isSpoiled, (task) => ({ ...task, ...unreadableTask(new Error('not JSON')) })),
  },
  {
    name: 'its claim cannot be written',
    path: (stores, isSpoiled) => {
      const open = stores.runs.open.bind(stores.runs);
      stores.runs.open = (claims: readonly Claim[]) =>
        claims.some(({ taskId }) => isSpoiled(taskId)) ? Promise.reject(new TypeError('too large')) : open(claims);
    },
  },
  {
    name: 'its quota cannot be computed',
    instance: (assembly, isSpoiled) => {
      const needs = assembly.get(Needs);
      const of = needs.of.bind(needs);
      needs.of = (held) => (isSpoiled(held.task.id) ? fault() : of(held));
    },
  },
  {
    name: 'its late run cannot be written',
    path: (stores, isSpoiled, data) => {
      const update = stores.runs.update.bind(stores.runs);
      const isPoison = ({ id, progress }: RunChange) =>
        progress.state === 'pending' && isSpoiled(data.runs.get(id)?.taskId ?? '');
      stores.runs.update = (changes, tellings) =>
        changes.some(isPoison) ? Promise.reject(new TypeError('too large')) : update(changes, tellings);
    },
  },
  {
    name: 'its template cannot be rendered',
    instance: (assembly, isSpoiled) => {
      const registry = assembly.get(ActionRegistry);
      const [handler, event] = [registry.get('handler') as HandlerAction, registry.get('event') as EventAction];
      const execute = handler.execute.bind(handler);
      const action = { type: 'event' as const, event: 'spoiled', data: '{{parameters.broken}}' };
      handler.execute = (own, context) =>
        isSpoiled(context.task.id) ? event.execute(action, withTemplate(context)) : execute(own, context);
    },
    // Nobody takes what an action throws.
    untamed: (assembly) => {
      const runner = assembly.get(AttemptRunner);
      const execute = runner.execute.bind(runner);
      const never = new Promise<never>(() => undefined);
      runner.execute = async (assignment) => {
        const end = await execute(assignment);
        return end.kind === 'failed' && end.failure.error.message.includes(SPOILED) ? never : end;
      };
    },
  },
  {
    name: 'its secrets cannot be opened or sealed',
    instance: (assembly, isSpoiled) => {
      const secrets = assembly.get(SecretsService);
      const { openAll, rebind } = secrets;
      secrets.openAll = (task) => (isSpoiled(task.id) ? fault() : openAll.call(secrets, task));
      secrets.rebind = (task, definition) => (isSpoiled(task.id) ? fault() : rebind.call(secrets, task, definition));
    },
    untamed: (assembly) => {
      letThrough(assembly);
      computingFirst(assembly, (task) => assembly.get(SecretsService).openAll(task));
    },
  },
];
