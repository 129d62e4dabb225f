import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import type { ActionContext } from '../../integrations/action.js';
import type { Assignment } from '../holding/assignment.js';

/** What the action of an attempt works with. It is a class because object literals with getters are slow to create. */
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

  /** Bound, so that an action may detach it from its context. */
  readonly log: ActionContext['log'] = (level, message, data) => {
    this.assignment.log.add(level, message, data);
    this.assignment.log.flushSoon();
  };
}
