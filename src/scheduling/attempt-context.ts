import type { JsonObject } from '../domain/json.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import type { LogLevel } from '../execution-log/log.store.js';
import type { ActionContext } from '../integrations/action.js';
import type { Assignment } from './assignment.js';

/** What the action of an attempt gets to work with. A class, for an object literal with a getter takes long to make. */
export class AttemptContext implements ActionContext {
  readonly task: Task;
  readonly run: Run;
  readonly attempt: number;

  constructor(private readonly assignment: Assignment) {
    this.task = assignment.task;
    this.run = assignment.run;
    this.attempt = assignment.run.attempt;
  }

  get signal(): AbortSignal {
    return this.assignment.aborter.signal;
  }

  /** Bound, so that an action may take it out of its context. */
  readonly log = (level: LogLevel, message: string, data?: JsonObject): void => {
    this.assignment.log.add(level, message, data);
    this.assignment.log.flushSoon();
  };
}
