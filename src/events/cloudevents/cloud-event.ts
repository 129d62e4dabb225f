import type { Json } from '../../domain/json.js';
import type { TraceContext } from '../../domain/trace-context.js';

/** A CloudEvent 1.0, as far as the engine knows what to do with it. */
export interface CloudEvent {
  id: string;
  source: string;
  type: string;
  data: Json;
  /** By the extension for distributed tracing. */
  trace?: TraceContext;
}

/** The most events of a batch. */
export const MOST_EVENTS = 1000;
