import type { ReceivedEvent } from './event.js';
import type { Run } from './run.js';
import { traceIdOf, type TraceContext } from './trace-context.js';

/** More links than this would tell nobody more. */
const MOST_LINKS = 100;

/**
 * What a run follows from without being a part of it: its former attempt, and the events that started it, unless one of them
 * is what it is a part of.
 */
export function linkedTo({ span, trace, event }: Pick<Run, 'span' | 'trace' | 'event'>): TraceContext[] {
  const former = span === undefined ? [] : [{ traceparent: span }];
  const causes = event ? [event, ...(event.together ?? [])].flatMap((each) => each.trace ?? []) : [];
  const others = causes.filter(({ traceparent }) => traceparent !== trace?.traceparent);
  return [...former, ...others].slice(0, MOST_LINKS);
}

/** What a run is a part of that an event starts: the trace of a single one. */
export const traceOfEvent = ({ trace, together }: ReceivedEvent): { trace?: TraceContext } =>
  trace && !together ? { trace } : {};

/** The trace of the last attempt of a run, or else the one that it is a part of. */
export function traceIdOfRun({ span, trace }: Pick<Run, 'span' | 'trace'>): string | undefined {
  const traceparent = span ?? trace?.traceparent;
  return traceparent === undefined ? undefined : traceIdOf({ traceparent });
}
