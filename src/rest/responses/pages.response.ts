import { ApiKeyResponse } from './api-key.response.js';
import { AuditEntryResponse } from './audit.response.js';
import { Shown } from './expose.js';
import { InstanceResponse } from './instance.response.js';
import { LogEntryResponse } from './log-entry.response.js';
import { RunResponse } from './run.response.js';
import { TaskResponse } from './task.response.js';

const NEXT_CURSOR = { type: String, nullable: true, description: 'For &cursor= of the next page; null at the end.' };

/** A page of tasks, newest first. */
export class TaskPage {
  @Shown({ type: [TaskResponse] })
  items!: TaskResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

/** A page of runs, newest first. */
export class RunPage {
  @Shown({ type: [RunResponse] })
  items!: RunResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

/** A page of a run's log, oldest first. */
export class LogPage {
  @Shown({ type: [LogEntryResponse] })
  items!: LogEntryResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

/** A page of instances, newest first. */
export class InstancePage {
  @Shown({ type: [InstanceResponse] })
  items!: InstanceResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

/** A page of the audit trail, newest first. */
export class AuditPage {
  @Shown({ type: [AuditEntryResponse] })
  items!: AuditEntryResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

/** A page of API keys, newest first. */
export class ApiKeyPage {
  @Shown({ type: [ApiKeyResponse] })
  items!: ApiKeyResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}
