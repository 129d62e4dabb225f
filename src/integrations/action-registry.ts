import type { ActionType } from '../domain/action.js';
import { ActionError, type ActionRunner } from './action.js';

/** Knows who executes which kind of action. */
export class ActionRegistry {
  private readonly runners = new Map<ActionType, ActionRunner>();

  constructor(runners: Iterable<ActionRunner> = []) {
    for (const runner of runners) this.register(runner);
  }

  /** Adds a kind of action. Throws when there is one of its type. */
  register(runner: ActionRunner): void {
    if (this.runners.has(runner.type)) throw new Error(`There is an action of the type "${runner.type}" already.`);
    this.runners.set(runner.type, runner);
  }

  /**
   * The runner of that type. Throws an `ActionError` (`unknown-action`) when there is none, which is worth another
   * attempt: while versions change, another instance may know it.
   */
  get(type: ActionType): ActionRunner {
    const runner = this.runners.get(type);
    if (!runner) throw new ActionError('unknown-action', `This instance has no action of the type "${type}".`);
    return runner;
  }
}
