import { context, trace, type Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';

/** What is traced in this process while a test uses it: an SDK of OpenTelemetry that keeps the spans in memory. */
export class Traced {
  private readonly exporter = new InMemorySpanExporter();
  private readonly provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.exporter)] });

  constructor() {
    trace.setGlobalTracerProvider(this.provider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  }

  async end(): Promise<void> {
    await this.provider.shutdown();
    trace.disable();
    context.disable();
  }

  /** The spans that have ended, in this order; of attempts by the run's id. */
  get spans(): ReadableSpan[] {
    return this.exporter.getFinishedSpans();
  }

  attempts(runId?: string): ReadableSpan[] {
    return this.spans.filter(
      ({ name, attributes }) =>
        name.startsWith('process ') && (runId === undefined || attributes['messaging.message.id'] === runId),
    );
  }

  calls(): ReadableSpan[] {
    return this.spans.filter(({ attributes }) => 'http.request.method' in attributes);
  }
}

/** What the headers say of the span. */
export function headerOf(span: ReadableSpan): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-0${traceFlags}`;
}

export const linksOf = (span: ReadableSpan): string[] => span.links.map((link) => link.context.spanId).toSorted();

/** Another context than the one that is active. */
export const inContext = <Result>(traceparent: string, work: () => Result): Result => {
  const [, traceId, spanId] = traceparent.split('-') as [string, string, string];
  const parent: Context = trace.setSpanContext(context.active(), { traceId, spanId, traceFlags: 1, isRemote: true });
  return context.with(parent, work);
};
