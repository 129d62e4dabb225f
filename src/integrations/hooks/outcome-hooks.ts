import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { LinesPerMinute } from '../../clock/lines-per-minute.js';
import { ByteBudget } from '../../domain/byte-budget.js';
import { sizeOfRun, sizeOfTask } from '../../domain/held-size.js';
import { jsonSize } from '../../domain/json-size.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { HookCaller } from './hook-caller.js';
import { outcomeContextOf, retryContextOf, type ToldRun } from './hook-contexts.js';
import { HookRegistry } from './hook-registry.js';

/** How many outcomes may wait for their hooks, and their memory in bytes; further ones are told to none. */
const MOST_WAITING = 10_000;
const MOST_BYTES = 32 * 1024 * 1024;
/** For how many outcomes at a time hooks are called. */
const AT_A_TIME = 16;
/** How many log lines about outcomes that were told to none are written per minute. */
const MOST_LINES = 2;

interface Outcome extends ToldRun {
  kind: 'retry' | 'outcome';
}

interface Waiting extends Outcome {
  release: () => void;
}

/**
 * Calls the hooks on retries and outcomes, once these are stored. The hooks of one outcome are called one after the
 * other; those of several are not in order. Nothing waits for them, so there is a bound to how many may wait.
 */
@Injectable()
export class OutcomeHooks implements OnModuleInit {
  /** How many outcomes were told to no hook, because too many waited. */
  untold = 0;
  private readonly waiting: Waiting[] = [];
  private readonly memory = new ByteBudget(MOST_BYTES);
  private busy = 0;
  private closed = false;
  private idle: () => void = () => undefined;
  private readonly logger = new Logger('RunHook');
  private readonly lines: LinesPerMinute;

  constructor(
    private readonly hooks: HookRegistry,
    private readonly caller: HookCaller,
    private readonly events: LifecycleEvents,
    private readonly clock: Clock,
  ) {
    this.lines = new LinesPerMinute(clock, MOST_LINES);
  }

  onModuleInit(): void {
    this.events.on('run.retrying', ({ run, task }) => this.add({ kind: 'retry', run, task }));
    this.events.on('run.finished', ({ run, task }) => this.add({ kind: 'outcome', run, task }));
  }

  /** Waits up to `graceMs` for the hooks of what has ended, and leaves out the rest. */
  async close(graceMs: number): Promise<void> {
    if (this.busy > 0) await this.clock.noLongerThan(graceMs, new Promise<void>((resolve) => (this.idle = resolve)));
    this.closed = true;
    if (this.waiting.length > 0) this.leaveOut(this.waiting.splice(0).length, 'there was no time left');
  }

  private add({ kind, run, task }: Outcome): void {
    if (!this.hooks.has(kind)) return;
    if (this.closed) return this.leaveOut(1, 'the instance is shutting down');
    const bytes = sizeOfTask(task) + sizeOfRun(run) + jsonSize(run.output);
    const release = this.waiting.length < MOST_WAITING ? this.memory.takeNow(run.organization, bytes) : null;
    if (!release) return this.leaveOut(1, 'too many others wait for theirs');
    // As it is now: the next attempt changes the run.
    this.waiting.push({ kind, run: { ...run }, task, release });
    if (this.busy < AT_A_TIME) void this.tellAll();
  }

  private async tellAll(): Promise<void> {
    this.busy++;
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      await this.tell(next);
      next.release();
    }
    if (--this.busy === 0) this.idle();
  }

  private async tell(outcome: Outcome): Promise<void> {
    const { kind, run } = outcome;
    const contextFor = kind === 'retry' ? retryContextOf : outcomeContextOf;
    for (const hook of this.hooks.of(kind)) {
      const where = `on the ${kind === 'retry' ? 'retry' : 'outcome'} of run ${run.id}`;
      await this.caller.call(hook, where, (signal) => contextFor(outcome, signal));
    }
  }

  private leaveOut(count: number, why: string): void {
    this.untold += count;
    const line = `${count === 1 ? 'An outcome was' : `${count} outcomes were`} told to no hook, because ${why}`;
    this.lines.pass(line, (passed) => this.logger.warn(passed));
  }
}
