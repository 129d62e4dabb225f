import { AS_BY_TIMER } from '../../domain/as-by-timer.js';
import type { TaskInput } from '../../domain/task-definition.js';
import type { TriggerInput } from '../../domain/trigger.js';
import { wholeHourZone } from '../../triggers/whole-hour-zone.js';
import { cronPackageTrigger } from '../cron/cron-package-expression.js';
import { NotCarriedOver, ReadingBuilder, shortened, zoneAssumed, type Plan, type Reading } from '../reading.js';
import { MethodFinder, type DecoratedMethod } from './decorated-methods.js';
import { Evaluator, type Value } from './evaluator.js';
import { programOf, type Compiler } from './program.js';
import type { SourceTree } from './source-tree.js';

export interface DecoratorOptions {
  /** The zone of the processes, for jobs that name none. */
  timeZone: string;
  /** The members of CronExpression. */
  expressions: Readonly<Record<string, string>>;
}

const KNOWN = ['name', 'timeZone', 'utcOffset', 'waitForCompletion', 'disabled', 'threshold', 'unrefTimeout'];

/** The tasks that the decorators of @nestjs/schedule in a source tree become. No code of it is run. */
export function readDecorators(compiler: Compiler, tree: SourceTree, options: DecoratorOptions): Reading {
  const reading = new ReadingBuilder();
  for (const { path, reason } of tree.skipped) reading.leave({ where: path, entry: '' }, reason);
  const program = programOf(compiler, tree.files, options.expressions);
  const evaluator = new Evaluator(compiler, program.checker);
  for (const method of new MethodFinder(compiler, program, reading).find()) {
    reading.add({ where: method.where, entry: method.text }, () => planOf(method, evaluator, options));
  }
  if (reading.tasks.length > 0) {
    reading.remark(
      "Each method needs a @TaskHandler of its task's name, in place of its decorator of @nestjs/schedule, or it runs twice.",
    );
    reading.remark(
      'An application that only changes its import to scheduled-task-runner/schedule needs no import of tasks.',
    );
  }
  return reading;
}

function planOf(method: DecoratedMethod, evaluator: Evaluator, options: DecoratorOptions): Omit<Plan, 'where'> {
  const values = method.given.map((each) => evaluator.valueOf(each));
  if (method.kind === 'Timeout')
    throw new NotCarriedOver('runs once after each start of a process; a task belongs to no process');
  const job = method.kind === 'Cron' ? cronJob(values, options) : intervalJob(values);
  const name = job.name ?? method.name;
  const input: TaskInput = {
    name: shortened(name),
    description: shortened(`From ${method.name}, decorated with @${method.kind} of @nestjs/schedule.`),
    triggers: [job.trigger],
    action: { type: 'handler', name: shortened(name) },
    ...AS_BY_TIMER,
    ...job.policies,
  };
  const { schedule, differences } = job;
  return {
    key: method.name + (job.name === undefined ? '' : `\n${job.name}`),
    schedule,
    input,
    differences,
    ...(job.isOff && { pausedFor: 'disabled in code' }),
  };
}

interface Job {
  name?: string;
  trigger: TriggerInput;
  schedule: string;
  policies: Partial<TaskInput>;
  differences: string[];
  isOff: boolean;
}

function cronJob([time, given = {}]: Value[], { timeZone }: DecoratorOptions): Job {
  if (typeof given !== 'object' || given === null || Array.isArray(given) || given instanceof Date) {
    throw new NotCarriedOver('has options that are no object');
  }
  const differences: string[] = [];
  const trigger = timeOf(time, zoneOf(given, timeZone, differences, time instanceof Date));
  const { name, waitForCompletion, disabled, threshold } = given;
  const rest = Object.keys(given).filter((each) => !KNOWN.includes(each) && given[each] !== undefined);
  if (rest.length > 0) differences.push(`Options are left out: ${shortened(rest.join(', '))}.`);
  return {
    ...(typeof name === 'string' && { name }),
    trigger,
    schedule: time instanceof Date ? time.toISOString() : (time as string),
    policies: {
      ...(waitForCompletion === true && { overlap: 'skip' }),
      ...(typeof threshold === 'number' && {
        misfire: { ...AS_BY_TIMER.misfire, graceMs: Math.abs(Math.round(threshold)) },
      }),
    },
    differences,
    isOff: disabled === true,
  };
}

function timeOf(time: Value, timeZone: string): TriggerInput {
  if (time instanceof Date) {
    if (Number.isNaN(time.getTime())) throw new NotCarriedOver('has a date that is none');
    return { type: 'once', at: time.toISOString() };
  }
  if (typeof time !== 'string') throw new NotCarriedOver('has neither an expression nor a date');
  return cronPackageTrigger(time, timeZone);
}

function zoneOf(given: { [name: string]: Value }, local: string, differences: string[], isDate: boolean): string {
  const { timeZone, utcOffset } = given;
  if (typeof timeZone === 'string') return timeZone;
  if (utcOffset !== undefined) {
    const zone = wholeHourZone(Number(utcOffset));
    if (zone !== undefined) return zone;
    throw new NotCarriedOver('has a UTC offset that is not whole hours, in minutes; name a time zone');
  }
  if (!isDate) differences.push(zoneAssumed(local));
  return local;
}

function intervalJob(values: Value[]): Job {
  const [name, ms] = values.length > 1 ? values : [undefined, values[0]];
  if (typeof ms !== 'number' || !(ms > 0)) throw new NotCarriedOver('has no number of milliseconds');
  return {
    ...(typeof name === 'string' && { name }),
    trigger: { type: 'interval', everyMs: Math.max(1, Math.trunc(ms)) },
    schedule: `every ${ms} ms`,
    policies: {},
    differences: ['Its interval counts from the import on, once for all processes.'],
    isOff: false,
  };
}
