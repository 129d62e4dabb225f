import type * as Api from '@opentelemetry/api';
import { packageVersion } from '../cluster/package-version.js';
import { SettingsError } from '../domain/errors.js';
import { storedTrace, traceContextOf, type TraceContext } from '../domain/trace-context.js';
import { Tracing, type NewSpan, type Span, type SpanAttributes } from './tracing.js';

const NAME = 'scheduled-task-runner';

/** Tells the tracing system whose SDK the process has registered with OpenTelemetry's API; without one, nobody. */
export class OpenTelemetry extends Tracing {
  readonly isOn = true;

  private readonly tracer: Api.Tracer;

  constructor(private readonly api: typeof Api) {
    super();
    this.tracer = api.trace.getTracer(NAME, packageVersion());
  }

  /** @throws SettingsError when the package is not installed */
  static async load(): Promise<OpenTelemetry> {
    try {
      return new OpenTelemetry(await import('@opentelemetry/api'));
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
      throw new SettingsError('TRACING (tracing) needs the package @opentelemetry/api: npm install @opentelemetry/api');
    }
  }

  current(): TraceContext | undefined {
    return this.written(this.api.trace.getSpanContext(this.api.context.active()));
  }

  continuing<Result>(trace: TraceContext, work: () => Result): Result {
    if (this.current()) return work();
    return this.api.context.with(this.remote(trace), work);
  }

  start({ name, kind, attributes, parent, links = [] }: NewSpan): Span {
    const { api } = this;
    const options: Api.SpanOptions = {
      kind: kind === 'client' ? api.SpanKind.CLIENT : api.SpanKind.CONSUMER,
      attributes: known(attributes),
      // What a store kept may be broken; then it is no link.
      links: links.flatMap((link) => {
        const trace = storedTrace(link);
        return trace ? [{ context: this.read(trace) }] : [];
      }),
      root: parent === null,
    };
    const under = parent === undefined ? api.context.active() : parent ? this.remote(parent) : api.ROOT_CONTEXT;
    return this.spanOf(this.tracer.startSpan(name, options, under), under);
  }

  private spanOf(span: Api.Span, under: Api.Context): Span {
    const { api } = this;
    const inside = api.trace.setSpan(under, span);
    return {
      trace: this.written(span.spanContext()),
      within: (work) => api.context.with(inside, work),
      link: (trace) => void span.addLink({ context: this.read(trace) }),
      end: (attributes, error) => {
        span.setAttributes(known({ ...attributes, 'error.type': error }));
        if (error !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR });
        span.end();
      },
    };
  }

  private remote(trace: TraceContext): Api.Context {
    return this.api.trace.setSpanContext(this.api.ROOT_CONTEXT, this.read(trace));
  }

  private read({ traceparent, tracestate }: TraceContext): Api.SpanContext {
    const [, traceId, spanId, flags] = traceparent.split('-') as [string, string, string, string];
    return {
      ...{ traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true },
      ...(tracestate !== undefined && { traceState: this.api.createTraceState(tracestate) }),
    };
  }

  private written(context: Api.SpanContext | undefined): TraceContext | undefined {
    if (!context || !this.api.isSpanContextValid(context)) return undefined;
    const { traceId, spanId, traceFlags, traceState } = context;
    const flags = (traceFlags & 255).toString(16).padStart(2, '0');
    return traceContextOf(`00-${traceId}-${spanId}-${flags}`, traceState?.serialize());
  }
}

const known = (attributes: SpanAttributes): Api.Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
