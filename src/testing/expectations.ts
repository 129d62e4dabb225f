import { AssertionError } from 'node:assert';
import { hasFailed, isFinished, type Run, type RunState } from '../domain/run.js';
import type { Findings, TestOutcome } from './findings.js';
import { instantOf, inWords, type Instant } from './instant.js';

/** What a test expects of the runs of a task. */
export interface ExpectedRuns {
  /** How many there are. */
  times?: number;
  /** Their nominal time: a list names all of them, one instant one of them. */
  at?: Instant | readonly Instant[];
  /** How each of them ended. Default: succeeded. */
  state?: RunState;
  /** How many attempts each of them took. */
  attempts?: number;
}

/** What a test expects to have become of an occurrence. */
export interface ExpectedOutcome {
  outcome: TestOutcome['outcome'];
  /** Its nominal time. */
  at?: Instant;
  /** Part of the reason. */
  reason?: string | RegExp;
}

/** The most outcomes that a sentence tells of. */
const MOST_TOLD = 10;

/** Compares what a test expects with what it finds, and says in words what differs. */
export class Expectations {
  constructor(
    private readonly findings: Findings,
    private readonly now: () => number,
  ) {}

  /** @returns the runs. @throws AssertionError */
  ran(called: string, { times, at, state = 'succeeded', attempts }: ExpectedRuns): Run[] {
    const runs = this.findings.runs(called).filter((run) => run.startedAt !== null && isFinished(run.state));
    const wanted = at === undefined ? [] : listOf(at).map((each) => instantOf(each, 'at'));
    const found = runs.map(({ scheduledFor }) => scheduledFor);
    const isThere = wanted.every((instant) => found.includes(instant));
    const isAll = !Array.isArray(at) || found.every((instant) => wanted.includes(instant));
    const expected =
      (times === undefined ? 'run' : `run ${timesInWords(times)}`) +
      (wanted.length > 0 ? ` for ${wanted.map(inWords).join(', ')}` : '') +
      (Array.isArray(at) ? ' and for nothing else' : '');
    if (!isThere || !isAll || (times === undefined ? runs.length === 0 : runs.length !== times))
      this.fail(called, `should have ${expected}, and ran ${timesInWords(runs.length)}`);
    const other = runs.find((run) => run.state !== state);
    if (other) this.fail(called, `should have ${state} for ${inWords(other.scheduledFor)}, and has ${other.state}`);
    const tried = runs.find((run) => attempts !== undefined && run.attempts.length !== attempts);
    if (tried)
      this.fail(
        called,
        `should have taken ${attempts} attempts for ${inWords(tried.scheduledFor)}, and took ${tried.attempts.length}`,
      );
    return runs;
  }

  /** @throws AssertionError */
  didNotRun(called: string): void {
    const runs = this.findings.runs(called).filter(({ startedAt }) => startedAt !== null);
    if (runs.length > 0) this.fail(called, `should not have run, and ran ${timesInWords(runs.length)}`);
  }

  /** @returns the first such outcome. @throws AssertionError */
  became(called: string, { outcome, at, reason }: ExpectedOutcome): TestOutcome {
    const instant = at === undefined ? null : instantOf(at, 'at');
    const found = this.findings
      .outcomes(called, this.now())
      .find(
        (each) =>
          each.outcome === outcome &&
          (instant === null || (each.at.getTime() <= instant && instant <= each.to.getTime())) &&
          (reason === undefined || says(each.reason ?? '', reason)),
      );
    const when = instant === null ? '' : ` for ${inWords(instant)}`;
    const why = reason === undefined ? '' : `, because of ${String(reason)}`;
    return found ?? this.fail(called, `should be ${outcome}${when}${why}`);
  }

  /** @throws AssertionError when a run of any task was given up */
  noneFailed(): void {
    const failed = this.findings.runs().find((run) => hasFailed(run));
    if (failed) this.fail(failed.taskId, 'should not have failed');
  }

  private fail(called: string, sentence: string): never {
    const names = this.findings.tasks(called).map(({ definition }) => definition.name);
    const isAlias = names.length === 1 && names[0] !== called;
    const outcomes = this.findings.outcomes(called, this.now());
    const left = outcomes.length - MOST_TOLD;
    const told = [...outcomes.slice(-MOST_TOLD).map(lineOf), ...(left > 0 ? [`… and ${left} before these`] : [])];
    const next = this.findings.nextDue(called);
    const message = [
      `${JSON.stringify(called)}${isAlias ? ` (the task ${JSON.stringify(names[0])})` : ''} ${sentence}.`,
      names.length === 0 ? 'No task uses it.' : `It is ${inWords(this.now())}. What became of its occurrences:`,
      ...(names.length > 0 && told.length === 0 ? ['  nothing yet'] : told.map((line) => `  ${line}`)),
      next === null ? 'Nothing of it is due.' : `It is due next at ${inWords(next)}.`,
    ].join('\n');
    throw new AssertionError({ message });
  }
}

function lineOf({ outcome, at, to, count, reason, run }: TestOutcome): string {
  const when = count > 1 ? `${at.toISOString()} to ${to.toISOString()} (${count})` : at.toISOString();
  const tries = run && run.attempts.length > 1 ? ` after ${run.attempts.length} attempts` : '';
  return `${when}: ${outcome}${tries}${reason === null ? '' : ` (${reason})`}`;
}

const listOf = (at: Instant | readonly Instant[]): readonly Instant[] =>
  Array.isArray(at) ? (at as readonly Instant[]) : [at as Instant];

const timesInWords = (times: number): string => (times === 1 ? 'once' : `${times} times`);

const says = (text: string, part: string | RegExp): boolean =>
  typeof part === 'string' ? text.includes(part) : part.test(text);
