import type { JsonObject } from '../../domain/json.js';
import type { LogEntry, LogLevel } from '../../execution-log/log.store.js';
import { toIso } from '../../domain/instants.js';
import { respond, Shown, ShownInstant, ShownObject } from './expose.js';

/** One line of a run's log. */
export class LogEntryResponse {
  @Shown({ type: 'integer', description: 'Grows within a run; leaves gaps.' })
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

/** Shows an entry of a log. */
export const toLogEntryResponse = (entry: LogEntry): LogEntryResponse =>
  respond(LogEntryResponse, { ...entry, at: toIso(entry.at) });
