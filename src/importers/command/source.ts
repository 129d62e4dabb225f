import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { MOST_SOURCE_BYTES, type Reading } from '../reading.js';
import { codeOf } from '../../domain/thrown.js';
import { jobsInText } from '../agenda/export-text.js';
import { readJobs } from '../agenda/jobs.js';
import { readSchedulers } from '../bullmq/job-schedulers.js';
import { readCrontab } from '../crontab/crontab.js';
import { readDecorators } from '../nest/decorated-jobs.js';
import { sourceTreeIn } from '../nest/source-tree.js';
import { readCronJobs } from '../kubernetes/cron-jobs.js';
import type { Call } from './options.js';
import { UsageError } from './usage.js';

/** What was read, and what tells it from other sources of its kind. */
export interface NamedReading {
  reading: Reading;
  scope: string;
}

/** A kind of source, by the word of the command. */
type Source = (call: Call, now: number) => Promise<NamedReading[]>;

const SOURCES: Readonly<Record<string, Source>> = { crontab, kubernetes, bullmq, agenda, nest };

/** @throws UsageError, and whatever reading the source throws */
export function readSource(call: Call, now: number): Promise<NamedReading[]> {
  if (!Object.hasOwn(SOURCES, call.source)) {
    throw new UsageError(`The source must be one of ${Object.keys(SOURCES).join(', ')}.`);
  }
  return SOURCES[call.source]!(call, now);
}

/** The zone of this process, in which most schedulers read what names none. */
const zoneOf = ({ values }: Call): string => values['time-zone'] ?? Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What all sources that have a handler for each task are asked. */
const namesOf = (call: Call) => ({
  timeZone: zoneOf(call),
  ...(call.values.handler !== undefined && { handler: call.values.handler }),
});

async function crontab(call: Call): Promise<NamedReading[]> {
  const { inputs, values } = call;
  const options = { timeZone: zoneOf(call), handler: values.handler ?? 'command' };
  return eachFile(inputs, (text, path) => {
    const scope = values.scope ?? basename(path);
    const hasUsers = values.system ?? /^\/etc\/(crontab$|cron\.d\/)/.test(path);
    return { scope, reading: readCrontab(text, { ...options, hasUsers, scope }) };
  });
}

async function kubernetes({ inputs, values }: Call): Promise<NamedReading[]> {
  const options = { timeZone: values['time-zone'] ?? 'UTC', handler: values.handler ?? 'kubernetes-job' };
  return eachFile(inputs, async (text) => ({ scope: values.scope ?? '', reading: await readCronJobs(text, options) }));
}

async function bullmq(call: Call, now: number): Promise<NamedReading[]> {
  const { redis, prefix = 'bull', queue: queues = [], scope = '' } = call.values;
  if (redis === undefined) throw new UsageError('The Redis server is missing: --redis.');
  const { schedulersIn } = await needing('@redis/client', () => import('../bullmq/redis-source.js'));
  const stored = await schedulersIn({ url: redis, prefix, queues });
  return [{ scope, reading: readSchedulers(stored, namesOf(call), now) }];
}

async function agenda(call: Call, now: number): Promise<NamedReading[]> {
  const { mongodb, collection = 'agendaJobs', scope = '' } = call.values;
  const options = namesOf(call);
  if (mongodb === undefined) {
    return eachFile(call.inputs, (text) => ({ scope, reading: readJobs(jobsInText(text), options, now) }));
  }
  const { jobsIn } = await needing('mongoose', () => import('../agenda/mongo-source.js'));
  return [{ scope, reading: readJobs(await jobsIn(mongodb, collection), options, now) }];
}

async function nest(call: Call): Promise<NamedReading[]> {
  const { inputs, values } = call;
  if (inputs.length === 0) throw new UsageError('The folder to read is missing.');
  const compiler = await needing('typescript', async () => (await import('typescript')).default);
  if (typeof compiler.createProgram !== 'function')
    throw new Error('this typescript has no compiler API; install typescript@6');
  const expressions = await cronExpressions();
  const options = { timeZone: zoneOf(call), expressions };
  const readings = [];
  for (const folder of inputs) {
    const reading = readDecorators(compiler, await sourceTreeIn(folder), options);
    readings.push({ scope: values.scope ?? '', reading });
  }
  return readings;
}

/** The members of CronExpression, where @nestjs/schedule is installed; without them what names one is left out. */
async function cronExpressions(): Promise<Record<string, string>> {
  try {
    return { ...(await import('@nestjs/schedule')).CronExpression };
  } catch {
    return {};
  }
}

/** Loads what works with a package that not everybody has. */
async function needing<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(`the package ${name} is missing here; install it beside this one`, { cause: error });
  }
}

/** Reads files one after the other; `-` is the standard input. */
async function eachFile(
  paths: readonly string[],
  read: (text: string, path: string) => NamedReading | Promise<NamedReading>,
): Promise<NamedReading[]> {
  if (paths.length === 0) throw new UsageError('The file to read is missing.');
  const readings = [];
  for (const path of paths) readings.push(await read(await textOf(path), path));
  return readings;
}

/** @throws Error when the file is larger than a source may be */
async function textOf(path: string): Promise<string> {
  const file = path === '-' ? null : await open(path);
  try {
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of file ? file.createReadStream({ autoClose: false }) : process.stdin) {
      parts.push(part as Buffer);
      bytes += (part as Buffer).length;
      if (bytes > MOST_SOURCE_BYTES) throw new Error(`${path} has more than ${MOST_SOURCE_BYTES / 1024 / 1024} MB.`);
    }
    return Buffer.concat(parts)
      .toString('utf8')
      .replace(/^\uFEFF/, '');
  } finally {
    await file?.close();
  }
}
