import { EventEmitter, once } from 'node:events';
import { HttpTarget, type ReceivedRequest } from '../support/http-target.js';

/** A call as it reached the target. Instants in epoch ms. */
export interface Call {
  path: string;
  runId: string;
  attempt: number;
  scheduledFor: number;
  at: number;
  body: string;
}

/** What the tasks of a test call: it notes each call, and fails those to paths that begin with /fail. */
export class Callee {
  readonly calls: Call[] = [];
  private readonly arrivals = new EventEmitter();

  private constructor(private readonly target: HttpTarget) {
    this.arrivals.setMaxListeners(0);
  }

  static async start(): Promise<Callee> {
    const target = await HttpTarget.start();
    const callee = new Callee(target);
    target.answer = (response, request) => {
      callee.note(request);
      response
        .writeHead(request.path.startsWith('/fail') ? 500 : 200, { 'content-type': 'application/json' })
        .end('{"ok":true}');
    };
    return callee;
  }

  urlOf(path: string): string {
    return `${this.target.url}${path}`;
  }

  to(path: string): Call[] {
    return this.calls.filter((call) => call.path === path);
  }

  /** Resolves once `accepts` is true of the calls so far. */
  async until(accepts: (calls: readonly Call[]) => boolean): Promise<void> {
    while (!accepts(this.calls)) await once(this.arrivals, 'call');
  }

  close(): Promise<void> {
    return this.target.close();
  }

  private note({ path, headers, body }: ReceivedRequest): void {
    this.calls.push({
      path,
      runId: String(headers['idempotency-key']),
      attempt: Number(headers['x-attempt']),
      scheduledFor: Date.parse(String(headers['x-scheduled-for'])),
      at: Date.now(),
      body,
    });
    this.arrivals.emit('call');
  }
}

/** The lateness of calls behind their nominal time, in words. */
export function latenessOf(calls: readonly Call[]): string {
  const sorted = calls.map(({ at, scheduledFor }) => at - scheduledFor).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return `${sorted.length} calls, late by p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${sorted.at(-1)} ms`;
}
