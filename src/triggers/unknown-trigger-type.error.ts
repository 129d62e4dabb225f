import { StateConflictError } from '../domain/errors.js';

/** The task has a trigger of a type that is registered on other instances, but not on this one. */
export class UnknownTriggerTypeError extends StateConflictError {
  constructor(readonly type: string) {
    super(`The trigger type ${JSON.stringify(type)} is not registered on this instance.`);
  }
}
