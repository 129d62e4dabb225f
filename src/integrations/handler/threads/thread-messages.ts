import type { MessagePort } from 'node:worker_threads';
import type { JsonObject } from '../../../domain/json.js';
import type { TraceContext } from '../../../domain/trace-context.js';
import type { LogLevel } from '../../../execution-log/log.store.js';
import type { ThreadContext } from './thread-context.js';

/** What of the context passes to the thread as it is. */
export type PassedOn = Omit<ThreadContext, 'signal' | 'log' | 'progress' | 'heartbeat'>;

/** A call of the function of a thread. */
export interface ThreadCall {
  /** The URL of the module, and the name of its export. */
  module: string;
  exported: string;
  input: unknown;
  context: PassedOn;
  /** Where the attempt is in a trace, if it is. */
  trace?: TraceContext | undefined;
  port: MessagePort;
}

/** What a thread tells during a call. */
export type ThreadNews =
  | { kind: 'begun' }
  | { kind: 'log'; level: LogLevel; message: string; data: JsonObject | undefined }
  | { kind: 'progress'; percent: number; message: string | undefined }
  | { kind: 'beat' };

/** Tells a thread that its attempt must end, and why. */
export interface ThreadAbort {
  reason: string;
}

/** How a call ended. The output is JSON; null when JSON cannot represent it or it is too long. */
export type ThreadEnd =
  | { output: string | undefined | null }
  | { thrown: { message: string; code: string | undefined; stack: string | undefined } }
  | { unfit: string };
