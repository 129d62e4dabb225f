import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { TraceContext } from '../../../domain/trace-context.js';
import { codeOf, messageOf, stackOf } from '../../../domain/thrown.js';
import { OpenTelemetry } from '../../../tracing/opentelemetry.js';
import { jsonOutput } from '../output.js';
import type { ThreadContext, ThreadHandler } from './thread-context.js';
import type { PassedOn, ThreadAbort, ThreadCall, ThreadEnd, ThreadNews } from './thread-messages.js';

/** The longest message and the longest stack that pass, in bytes. */
const LONGEST_BYTES = 65_536;

/** The program of a thread: calls the function of a module. */
export async function call({ module, exported, input, context, port, trace }: ThreadCall): Promise<ThreadEnd> {
  const desk = new Desk(port);
  try {
    const work = await functionOf(module, exported);
    if (typeof work !== 'function') return { unfit: `${module} exports no function ${exported}.` };
    desk.tell({ kind: 'begun' });
    const start = () => (work as ThreadHandler)(input, desk.contextOf(context));
    return { output: jsonOutput(await (trace ? continuing(trace, start) : start())) };
  } catch (error) {
    const message = messageOf(error, LONGEST_BYTES);
    return { thrown: { message, code: codeOf(error), stack: stackOf(error, LONGEST_BYTES) } };
  } finally {
    port.close();
  }
}

/** Calls the function as a part of the trace: what it traces with the SDK of this thread belongs to its attempt. */
const continuing = async (trace: TraceContext, start: () => unknown): Promise<unknown> =>
  (await OpenTelemetry.load()).continuing(trace, start);

/** The export of a module of either kind: what a CommonJS module exports as `default` is a member of its own. */
async function functionOf(module: string, exported: string): Promise<unknown> {
  const loaded = (await import(module)) as Record<string, unknown>;
  const found = loaded[exported];
  if (exported !== 'default' || typeof found === 'function') return found;
  return (found as { default?: unknown } | undefined)?.default;
}

/** Passes on what is told in either direction. */
class Desk {
  private readonly end = new AbortController();

  constructor(private readonly port: MessagePort) {
    port.on('message', (abort: ThreadAbort) => this.abort(abort));
    port.unref();
  }

  tell(news: ThreadNews): void {
    this.port.postMessage(news);
  }

  contextOf(passedOn: PassedOn): ThreadContext {
    return {
      ...passedOn,
      signal: this.end.signal,
      log: (level, message, data) => {
        // What is no JSON would not be kept in the log either.
        const kept = data && (JSON.parse(JSON.stringify(data)) as typeof data);
        this.tell({ kind: 'log', level, message: String(message), data: kept });
      },
      progress: (percent, message) => this.tell({ kind: 'progress', percent, message }),
      heartbeat: () => this.beat(),
    };
  }

  /** Hears of the end also in a computation that never lets another message in. */
  private beat(): void {
    const waiting = receiveMessageOnPort(this.port);
    if (waiting) this.abort(waiting.message as ThreadAbort);
    this.end.signal.throwIfAborted();
    this.tell({ kind: 'beat' });
  }

  private abort({ reason }: ThreadAbort): void {
    this.end.abort(new Error(reason));
  }
}
