import type { ActionRegistry } from '../integrations/action-registry.js';
import type { ActionRunner } from '../integrations/action.js';
import type { Calls } from './calls.js';

/** Has each call of an action counted while it is under way. */
export function watchActions(actions: ActionRegistry, calls: Calls): void {
  const runnerOf = actions.get.bind(actions);
  actions.get = (type) => {
    const runner = runnerOf(type);
    const execute: ActionRunner['execute'] = (action, context) => {
      const what = `Attempt ${context.attempt} of run ${context.run.id} of the task ${JSON.stringify(context.task.definition.name)}`;
      return calls.watch(what, () => runner.execute(action, context));
    };
    return { type: runner.type, execute };
  };
}
