import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Piscina } from 'piscina';
import { Clock, type Timer } from '../../../clock/clock.js';
import { messageOf } from '../../../domain/thrown.js';
import { Tracing } from '../../../tracing/tracing.js';
import { ActionError } from '../../action.js';
import type { HandlerContext } from '../handler-registry.js';
import { installed } from '../installed.js';
import { NOT_KEPT } from '../output.js';
import type { PassedOn, ThreadAbort, ThreadCall, ThreadEnd, ThreadNews } from './thread-messages.js';
import { Places } from './places.js';
import { failureInWords, thrownThere } from './thread-failure.js';
import type { ThreadSettings } from './thread-settings.js';
import type { ThreadTarget } from './thread-target.js';

/** The injection token of the settings and of the program of the threads. */
export const THREADS = Symbol('THREADS');

export interface Threads extends ThreadSettings {
  program: URL;
}

/** The program of the threads, compiled. */
export const THREAD_PROGRAM = new URL('./thread-program.js', import.meta.url);

/**
 * Calls functions in threads, which are kept for the next calls. A thread that goes on after its attempt was told to end
 * is ended by force after a grace, whatever it does, and another one takes its place.
 */
@Injectable()
export class HandlerThreads implements OnApplicationShutdown {
  /** By the memory that their threads may use. */
  private readonly pools = new Map<string, Promise<Piscina<ThreadCall, ThreadEnd>>>();
  /** Who has no place waits here: a pool forgets who waits in it when it ends a thread. */
  private readonly places: Places;

  constructor(
    private readonly clock: Clock,
    private readonly tracing: Tracing,
    @Inject(THREADS) private readonly settings: Threads,
  ) {
    this.places = new Places(settings.max);
  }

  /** Rejects with a `SettingsError` when the library is not installed. */
  async prepare(target: ThreadTarget): Promise<void> {
    await this.poolFor(target);
  }

  /** Calls the function for a handler. Rejects with what the function throws, or with an `ActionError`. */
  async call(handler: string, target: ThreadTarget, input: unknown, context: HandlerContext): Promise<unknown> {
    const pool = await this.poolFor(target);
    const giveBack = await this.places.take(context.signal);
    const { port1: here, port2: there } = new MessageChannel();
    const end = new HardEnd(this.clock, this.settings.graceMs, here, context.signal);
    here.on('message', (news: ThreadNews) => (news.kind === 'begun' ? end.begun() : hear(news, context)));
    const { module, exported } = target;
    const trace = this.tracing.current();
    const call = { module, exported, input, context: passedOn(context), port: there, trace };
    try {
      const how = await pool.run(call, { transferList: [there], signal: end.signal });
      if ('unfit' in how) throw new ActionError('thread-function', how.unfit, { retryable: false });
      if ('thrown' in how) throw thrownThere(how.thrown);
      if (how.output === null) context.log('warn', NOT_KEPT);
      return typeof how.output === 'string' ? (JSON.parse(how.output) as unknown) : undefined;
    } catch (error) {
      throw failureInWords(handler, error);
    } finally {
      end.cancel();
      here.close();
      there.close();
      giveBack();
    }
  }

  /** Runs after the engine has stopped: whatever a thread still does is over. */
  async onApplicationShutdown(): Promise<void> {
    const pools = [...this.pools.values()];
    this.pools.clear();
    for (const pool of pools) await pool.then((each) => each.destroy()).catch(() => undefined);
  }

  private poolFor({ resourceLimits }: ThreadTarget): Promise<Piscina<ThreadCall, ThreadEnd>> {
    const key = JSON.stringify(Object.entries(resourceLimits).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const known = this.pools.get(key) ?? this.open(resourceLimits);
    this.pools.set(key, known);
    return known;
  }

  private async open(resourceLimits: ThreadTarget['resourceLimits']): Promise<Piscina<ThreadCall, ThreadEnd>> {
    const { Piscina } = await installed('piscina', 'A handler works in a thread', () => import('piscina'));
    const { max, idleMs, program } = this.settings;
    const pool = new Piscina<ThreadCall, ThreadEnd>({
      filename: program.href,
      name: 'call',
      minThreads: 0,
      maxThreads: max,
      idleTimeout: idleMs,
      // A thread that waits for work goes on with what its last call left behind.
      atomics: 'disabled',
      resourceLimits,
    });
    // What is thrown between two calls ends the thread, and nobody waits for it.
    pool.on('error', () => undefined);
    return pool;
  }
}

/** Tells a thread that its attempt must end, and fires when it has to be ended by force. */
class HardEnd {
  private readonly force = new AbortController();
  private readonly onAbort = () => this.tell();
  private hasBegun = false;
  private timer: Timer | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly graceMs: number,
    private readonly port: MessagePort,
    private readonly attempt: AbortSignal,
  ) {
    attempt.addEventListener('abort', this.onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.force.signal;
  }

  begun(): void {
    this.hasBegun = true;
  }

  cancel(): void {
    this.timer?.cancel();
    this.attempt.removeEventListener('abort', this.onAbort);
  }

  private tell(): void {
    if (!this.hasBegun) return this.force.abort();
    this.port.postMessage({ reason: messageOf(this.attempt.reason) } satisfies ThreadAbort);
    this.timer = this.clock.after(this.graceMs, () => this.force.abort());
  }
}

function hear(news: Exclude<ThreadNews, { kind: 'begun' }>, context: HandlerContext): void {
  if (news.kind === 'log') return context.log(news.level, news.message, news.data);
  if (news.kind === 'progress') return context.progress(news.percent, news.message);
  if (!context.signal.aborted) context.heartbeat();
}

const passedOn = ({
  run,
  attempt,
  scheduledFor,
  latenessMs,
  fencingToken,
  secrets,
  event,
}: HandlerContext): PassedOn => ({
  ...{ run, attempt, scheduledFor, latenessMs, fencingToken, event },
  secrets: { ...secrets },
});
