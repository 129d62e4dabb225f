import type { ActionType } from '../domain/action.js';
import { ActionError, type ActionRunner } from './action.js';

/** Maps each type of action to its runner. */
export class ActionRegistry {
  private readonly runners = new Map<ActionType, ActionRunner>();

  constructor(runners: Iterable<ActionRunner> = []) {
    for (const runner of runners) this.register(runner);
  }

  /** Adds a type of action. Throws when the type is registered already. */
  register(runner: ActionRunner): void {
    if (this.runners.has(runner.type)) throw new Error(`An action of the type "${runner.type}" is already registered.`);
    this.runners.set(runner.type, runner);
  }

  /** Whether an attempt of this type goes on when it is made again (`ActionRunner.resumes`). */
  resumes(type: ActionType): boolean {
    return this.runners.get(type)?.resumes ?? false;
  }

  /**
   * The runner of a type. Throws an `ActionError` (`unknown-action`) when there is none. Another attempt is worthwhile:
   * during a change of versions, another instance may know the type.
   */
  get(type: ActionType): ActionRunner {
    const runner = this.runners.get(type);
    if (!runner) throw new ActionError('unknown-action', `This instance has no action of the type "${type}".`);
    return runner;
  }
}
