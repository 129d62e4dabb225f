import { Logger, type Abstract, type INestApplicationContext, type Type } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import type { Task } from '../domain/task.js';
import { isFinished, type Run } from '../domain/run.js';
import { ActionRegistry } from '../integrations/action-registry.js';
import { HandlerRegistry } from '../integrations/handler/handler-registry.js';
import { runnersApart, tokenApart } from '../runner/set-apart.js';
import { TaskScheduler } from '../task-scheduler.js';
import { Calls } from './calls.js';
import { Expectations, type ExpectedOutcome, type ExpectedRuns } from './expectations.js';
import { Findings, type TestOutcome } from './findings.js';
import { instantOf, inWords, type Instant } from './instant.js';
import { MemoryData } from './memory/memory-data.js';
import { Passage } from './passage.js';
import { TestClock } from './test-clock.js';
import { testModule, type TestApplication } from './test-module.js';
import { watchActions } from './watch-actions.js';

/** The application under test, and how time passes in it. */
export interface TestRunnerOptions extends TestApplication {
  /** When the test begins. */
  now: Instant;
  /**
   * Is told each move of the clock, before anything happens that is due then. Moves what else measures time, such as
   * faked timers: `(_, byMs) => jest.advanceTimersByTime(byMs)`.
   */
  onMove?: (now: Date, byMs: number) => unknown;
  /**
   * How much real time a handler may take before the clock goes on without it, in milliseconds. Default 2000. Handlers
   * that wait for the runner's clock, by `Clock.sleep`, are not waited for.
   */
  patienceMs?: number;
  /**
   * The longest leap of the clock beside a handler that it goes on without, in milliseconds; with `patienceMs: 0`, how
   * exactly faked timers come that a handler waits for. Default: none.
   */
  stepMs?: number;
  /** Makes the application that is started: `(module) => module.createNestApplication()`, for one with a server. */
  application?: (module: TestingModule) => INestApplicationContext;
}

const PATIENCE_MS = 2000;
/** The real time that a promise has before each step of the clock. */
const MOMENT_MS = 2;
const DAY_MS = 86_400_000;

/**
 * The runner of an application under test, on a clock of the test's and a store in memory. Time stands until the test
 * moves it; it moves from one thing that is due to the next, and each is done before it goes on.
 */
export class TestRunner {
  private readonly expectations: Expectations;

  private constructor(
    /** The testing module. */
    readonly module: TestingModule,
    /** What was started: the testing module, or what the option `application` made of it. */
    readonly application: INestApplicationContext,
    private readonly clock: TestClock,
    private readonly passage: Passage,
    private readonly findings: Findings,
  ) {
    this.expectations = new Expectations(findings, () => clock.now());
  }

  /** Puts the application together and starts it, as Nest does. */
  static async create(options: TestRunnerOptions): Promise<TestRunner> {
    const { now, onMove = () => undefined, patienceMs = PATIENCE_MS, application, ...tested } = options;
    const { stepMs = Number.POSITIVE_INFINITY, ...metadata } = tested;
    const calls = new Calls();
    const clock = new TestClock(instantOf(now, 'now'), calls);
    const stores: MemoryData[] = [];
    const makeData = () => stores[stores.push(new MemoryData(() => clock.now())) - 1]!;
    const module = await testModule(metadata, clock, makeData);
    const logger = new Logger(TestRunner.name);
    const onLeft = (what: string) =>
      logger.warn(`${what} has taken ${patienceMs} ms of real time: the clock goes on without it.`);
    const passage = new Passage(clock, calls, { patienceMs, stepMs, onMove, onLeft });
    for (const actions of all(module, ActionRegistry)) watchActions(actions, calls);
    const handlers = () => all(module, HandlerRegistry).flatMap((registry) => registry.names());
    const started = application?.(module) ?? module;
    const runner = new TestRunner(module, started, clock, passage, new Findings(stores, handlers));
    await runner.startUp(patienceMs);
    return runner;
  }

  /** What the time is. */
  get now(): Date {
    return new Date(this.clock.now());
  }

  get scheduler(): TaskScheduler {
    return this.get(TaskScheduler);
  }

  /** A provider of the application, from whichever module. */
  get<Provider>(token: Type<Provider> | Abstract<Provider> | string | symbol): Provider {
    return this.module.get<Provider>(token, { strict: false });
  }

  /** Does what is due by now; time stands. */
  runDue(): Promise<void> {
    return this.passage.to(this.clock.now());
  }

  /** Lets time pass until the instant, and does what is due by then. */
  async advanceTo(instant: Instant): Promise<void> {
    const target = instantOf(instant, 'The instant to advance to');
    if (target < this.clock.now())
      throw new RangeError(`Time does not go back from ${this.now.toISOString()} to ${inWords(target)}.`);
    await this.passage.to(target);
  }

  /** Lets so many milliseconds pass. */
  advanceBy(ms: number): Promise<void> {
    return this.advanceTo(this.clock.now() + ms);
  }

  /** Lets time pass until the next occurrence of the task, or of any task, and does it. @throws Error when there is none */
  async advanceToNext(called?: string): Promise<Date> {
    const next = this.findings.nextDue(called);
    if (next === null) throw new Error(`Nothing ${called === undefined ? '' : `of ${JSON.stringify(called)} `}is due.`);
    await this.passage.to(Math.max(next, this.clock.now()));
    return new Date(next);
  }

  /**
   * Lets time pass until no run of the task, or of any task, is under way or waits for another attempt; for at most
   * `withinMs`, a day. @throws Error when one still is
   */
  async finish(called?: string, withinMs = DAY_MS): Promise<void> {
    const isOpen = () => this.findings.runs(called).some((run) => this.hasComeDue(run));
    if (await this.passage.while(isOpen, this.clock.now() + withinMs)) return;
    const open = this.findings.runs(called).filter((run) => this.hasComeDue(run));
    const told = open.map(({ id, state }) => `run ${id} is ${state}`).join(', ');
    throw new Error(`After ${withinMs} ms ${told}.`);
  }

  /**
   * Lets time pass until the promise is settled, for at most `withinMs`, a day: for what waits for the clock, such as the
   * end of a run that a test asked for. @throws Error when it is not settled by then
   */
  async until<Result>(work: Promise<Result>, withinMs = DAY_MS): Promise<Result> {
    if (!(await this.passage.until(work, MOMENT_MS, this.clock.now() + withinMs)))
      throw new Error(`After ${withinMs} ms the promise is still open.`);
    return work;
  }

  /** The tasks that are called this, by name, key, handler or id; all, without a name. */
  tasks(called?: string): Task[] {
    return this.findings.tasks(called);
  }

  /** The runs of the task that is called this, or of all tasks, in their nominal order. */
  runs(called?: string): Run[] {
    return this.findings.runs(called);
  }

  /** What became of the occurrences so far: runs, and what did not run, with the reasons. */
  outcomes(called?: string): TestOutcome[] {
    return this.findings.outcomes(called, this.clock.now());
  }

  /** When the task, or any task, is due next; null when nothing is. */
  nextDue(called?: string): Date | null {
    const next = this.findings.nextDue(called);
    return next === null ? null : new Date(next);
  }

  /** Asserts that the task has run, and resolves what it expects of its runs. @throws AssertionError that tells what became of it */
  expectRan(called: string, expected: ExpectedRuns = {}): Run[] {
    return this.expectations.ran(called, expected);
  }

  /** Asserts that no run of the task has started. @throws AssertionError */
  expectNotRan(called: string): void {
    this.expectations.didNotRun(called);
  }

  /** Asserts what became of an occurrence, also of one that did not run. @throws AssertionError */
  expectOutcome(called: string, expected: ExpectedOutcome): TestOutcome {
    return this.expectations.became(called, expected);
  }

  /** Asserts that no run was given up. @throws AssertionError */
  expectNoFailures(): void {
    this.expectations.noneFailed();
  }

  /** Stops the application, as Nest does; its runs have their time to end, which passes at once. */
  async close(): Promise<void> {
    const closing = this.application.close();
    // Nothing waits for the clock for longer; what is still open takes real time.
    await this.passage.until(closing, MOMENT_MS, this.clock.now() + DAY_MS);
    await closing;
  }

  /** Time stands while the application starts, unless one of its hooks waits for the clock. */
  private async startUp(patienceMs: number): Promise<void> {
    const starting = this.application.init();
    if (!(await this.passage.until(starting, patienceMs, this.clock.now() + DAY_MS)))
      throw new Error('The application has not started within a day of its clock.');
    await starting;
    await this.runDue();
  }

  private hasComeDue(run: Run): boolean {
    return !isFinished(run.state) && (run.attempts.length > 0 || run.dueAt <= this.clock.now());
  }
}

/** The parts of this class in all runners that the application has. */
const all = <Part>(module: TestingModule, type: Type<Part>): Part[] =>
  runnersApart().flatMap((name) => {
    try {
      return module.get<Part>(tokenApart(type, name) as Type<Part>, { strict: false, each: true });
    } catch {
      return [];
    }
  });
