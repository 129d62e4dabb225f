import { EventEmitter, once } from 'node:events';
import { HttpTarget, type ReceivedRequest } from '../support/http-target.js';

/** A call as it arrived at the target. Instants in epoch ms. */
export interface Call {
  path: string;
  runId: string;
  attempt: number;
  scheduledFor: number;
  at: number;
  body: string;
}

/** How long a test waits for calls (ms). */
const PATIENCE_MS = 60_000;

/**
 * The target that the tasks of a test call. It records each call, fails calls to paths that begin with /fail, and can
 * keep calls waiting.
 */
export class Callee {
  readonly calls: Call[] = [];
  /** Which calls only `release` answers. */
  keepsWaiting: (call: Call) => boolean = () => false;
  private readonly arrivals = new EventEmitter();
  private waiting: (() => void)[] = [];

  private constructor(private readonly target: HttpTarget) {
    this.arrivals.setMaxListeners(0);
  }

  static async start(): Promise<Callee> {
    const target = await HttpTarget.start();
    const callee = new Callee(target);
    target.answer = (response, request) => {
      const call = callee.note(request);
      const answer = () =>
        response
          .writeHead(request.path.startsWith('/fail') ? 500 : 200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ ok: true, attempt: call.attempt }));
      if (callee.keepsWaiting(call)) callee.waiting.push(answer);
      else answer();
    };
    return callee;
  }

  urlOf(path: string): string {
    return `${this.target.url}${path}`;
  }

  to(path: string): Call[] {
    return this.calls.filter((call) => call.path === path);
  }

  /** Resolves once `accepts` is true of the calls so far; rejects when that takes longer than a minute. */
  async until(accepts: (calls: readonly Call[]) => boolean): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    while (!accepts(this.calls)) await once(this.arrivals, 'call', { signal });
  }

  /** Answers the calls that were kept waiting. */
  release(): void {
    for (const answer of this.waiting.splice(0)) answer();
  }

  close(): Promise<void> {
    return this.target.close();
  }

  private note({ path, headers, body }: ReceivedRequest): Call {
    const call = {
      path,
      runId: String(headers['idempotency-key']),
      attempt: Number(headers['x-attempt']),
      scheduledFor: Date.parse(String(headers['x-scheduled-for'])),
      at: Date.now(),
      body,
    };
    this.calls.push(call);
    this.arrivals.emit('call');
    return call;
  }
}

/** How late the calls were after their nominal times, in words. */
export function latenessOf(calls: readonly Call[]): string {
  const sorted = calls.map(({ at, scheduledFor }) => at - scheduledFor).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return `${sorted.length} calls, late by p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${sorted.at(-1)} ms`;
}
