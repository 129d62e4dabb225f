import type { TraceContext } from '../domain/trace-context.js';

/** What is told with a span, by names of OpenTelemetry's conventions or of our own (`task_runner.`). */
export type SpanAttributes = Record<string, string | number | boolean | undefined>;

/** What a span stands for: the work on a message, or a request to a server. */
export type SpanKind = 'consumer' | 'client';

/** A new span. */
export interface NewSpan {
  name: string;
  kind: SpanKind;
  attributes: SpanAttributes;
  /** What it is a part of: null for nothing, so that it begins a trace; what is under way unless given. */
  parent?: TraceContext | null;
  /** What it follows from without being a part of it. */
  links?: readonly TraceContext[];
}

/** A span under way. */
export interface Span {
  /** Its place in its trace, also where nobody keeps what is told of it; undefined where there is no trace. */
  readonly trace: TraceContext | undefined;
  /** Calls `work` so that what is traced in it, by whomever, is a part of this span. */
  within<Result>(work: () => Result): Result;
  /** Notes something that follows from elsewhere. */
  link(trace: TraceContext): void;
  /** Ends it; `error` is a stable code. Messages may hold what is nobody's business, and are not told. */
  end(attributes: SpanAttributes, error?: string): void;
}

/** Tells a tracing system what happens, and knows where in a trace something is. */
export abstract class Tracing {
  abstract readonly isOn: boolean;

  /** The place in a trace at which this is called; undefined for none. */
  abstract current(): TraceContext | undefined;

  /** Calls `work` as a part of the trace, unless something is under way already. */
  abstract continuing<Result>(trace: TraceContext, work: () => Result): Result;

  abstract start(what: NewSpan): Span;
}

const NO_SPAN: Span = {
  trace: undefined,
  within: (work) => work(),
  link: () => undefined,
  end: () => undefined,
};

/** No tracing: it costs nothing. */
export class NoTracing extends Tracing {
  readonly isOn = false;

  current(): undefined {
    return undefined;
  }

  continuing<Result>(_trace: TraceContext, work: () => Result): Result {
    return work();
  }

  start(): Span {
    return NO_SPAN;
  }
}
