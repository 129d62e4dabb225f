import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import type { AttemptLog } from '../execution-log/execution-log-manager.js';
import { AbortSwitch } from './abort-switch.js';
import type { AttemptEnd } from './attempt-end.js';
import { Later } from './later.js';

/** An attempt under way. */
export class Assignment {
  readonly aborter = new AbortSwitch();
  /** Ends an attempt that waits for a call-back. */
  readonly callback = new Later<AttemptEnd>();
  /** Whether the action is done, or was given up: only the end is left to be written. */
  hasEnded = false;
  /** Comes when its end is written, or given up. */
  readonly ended = new Later<void>();

  constructor(
    readonly run: Run,
    readonly task: Task,
    readonly log: AttemptLog,
    /** Epoch ms. */
    readonly startedAt: number,
  ) {}
}
