import type { JsonObject } from '../../domain/json.js';
import type { LogEntry, LogLevel } from '../../execution-log/log.store.js';
import { toIso } from '../../domain/instants.js';
import { NEXT_CURSOR, respond, Shown, ShownInstant, ShownObject } from '../http/expose.js';

/** One line of a run's log. */
export class LogEntryResponse {
  @Shown({ type: 'integer', description: 'Grows within a run, possibly with gaps.' })
  sequence!: number;

  @ShownInstant()
  at!: string;

  @Shown({ type: 'integer' })
  attempt!: number;

  @Shown({ enum: ['debug', 'info', 'warn', 'error'] })
  level!: LogLevel;

  @Shown()
  message!: string;

  @ShownObject({ required: false })
  data?: JsonObject;
}

/** Shows a log entry. */
export const toLogEntryResponse = (entry: LogEntry): LogEntryResponse =>
  respond(LogEntryResponse, { ...entry, at: toIso(entry.at) });

/** A page of a run's log, oldest first. */
export class LogPage {
  @Shown({ type: [LogEntryResponse] })
  items!: LogEntryResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}
