import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { LinesPerMinute } from '../../clock/lines-per-minute.js';
import { whenAborted } from '../../clock/when-aborted.js';
import { LONGEST_REASON, messageOf, stackOf } from '../../domain/thrown.js';
import type { Hook } from './hook-registry.js';

/** A hook with so many calls that have not ended is left out until one of them ends. */
const MOST_UNDER_WAY = 100;
/** How many log lines about failed hooks are written per minute. */
const MOST_LINES = 20;
const LONGEST_STACK = 8192;

/** What a hook returned, or what went wrong with it. */
export type HookAnswer = { value: unknown } | { fault: string };

/** Calls hooks, each on its own: what one throws, or how long it takes, is nobody else's concern. */
@Injectable()
export class HookCaller {
  private readonly logger = new Logger('RunHook');
  private readonly lines: LinesPerMinute;

  constructor(private readonly clock: Clock) {
    this.lines = new LinesPerMinute(clock, MOST_LINES);
  }

  /**
   * Calls the hook with what `told` makes for its signal, and waits no longer than its time. Never rejects: a hook that
   * goes on after that is on its own.
   * @param where of which attempt, for the log
   * @param attempt ends the wait as well
   */
  async call(
    hook: Hook,
    where: string,
    told: (signal: AbortSignal) => object,
    attempt?: AbortSignal,
  ): Promise<HookAnswer> {
    if (hook.underWay >= MOST_UNDER_WAY) {
      return this.failed(hook, where, `was left out, because ${hook.underWay} calls of it have not ended`);
    }
    let late: Error | undefined;
    const tooLate = () => (late = new Error(`it took longer than ${hook.timeoutMs} ms`));
    try {
      const value = await this.clock.within(hook.timeoutMs, tooLate, (timeUp) => {
        const signal = attempt ? AbortSignal.any([attempt, timeUp]) : timeUp;
        return Promise.race([this.begin(hook, told(signal)), whenAborted(signal)]);
      });
      return { value };
    } catch (error) {
      if (attempt?.aborted) return { fault: messageOf(attempt.reason) };
      const stack = error === late ? undefined : stackOf(error, LONGEST_STACK);
      return this.failed(hook, where, `failed: ${messageOf(error, LONGEST_REASON)}`, stack);
    }
  }

  private async begin(hook: Hook, context: object): Promise<unknown> {
    hook.underWay++;
    try {
      return await hook.call(context);
    } finally {
      hook.underWay--;
    }
  }

  private failed(hook: Hook, where: string, what: string, stack?: string): HookAnswer {
    hook.failures++;
    this.lines.pass(`The hook ${hook.source} ${what} (${where})`, (line) => this.logger.error(line, stack));
    return { fault: what };
  }
}
