import { readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { ProblemError } from '../../client/index.js';
import { SystemClock } from '../../clock/system-clock.js';
import { SettingsError } from '../../domain/errors.js';
import { messageOf } from '../../domain/thrown.js';
import { withSecretFiles } from '../../settings/secret-files.js';
import { checkedReading } from '../checked.js';
import type { Destination } from '../destination/destination.js';
import { importTasks, type Outcome } from '../import-tasks.js';
import { callOf, type Call } from './options.js';
import { reportAsJson, reportAsText, type Report } from './report.js';
import { readSource } from './source.js';
import { USAGE, UsageError } from './usage.js';

const EXIT = { done: 0, failed: 1, wrongCall: 2, leftOut: 3 };
const TOKEN = 'TASK_RUNNER_TOKEN';

/** What the command has of the process that runs it. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  out: Writable;
  err: Writable;
}

/** `scheduled-task-runner import …`: does what its words say, and resolves to the exit code. */
export async function importCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out, err } = surroundings;
  try {
    const call = callOf(args);
    if (call.values.help) return await told(out, USAGE, EXIT.done);
    const report = await reportOf(call, surroundings);
    const isWhole = report.leftOut.length === 0 && report.tasks.every(({ outcome }) => outcome.state !== 'refused');
    const text = call.values.output === 'json' ? reportAsJson(report) : reportAsText(report);
    return await told(out, text, isWhole ? EXIT.done : EXIT.leftOut);
  } catch (error) {
    if (error instanceof UsageError) return told(err, `${error.message}\n\n${USAGE}`, EXIT.wrongCall);
    return told(err, `The import failed: ${sentenceOf(error)}`, EXIT.failed);
  }
}

/** Writes the text to its end, and resolves to the exit code. */
const told = (stream: Writable, text: string, code: number): Promise<number> =>
  new Promise((resolve) => stream.write(`${text.trimEnd()}\n`, () => resolve(code)));

const sentenceOf = (error: unknown): string =>
  error instanceof ProblemError ? `the service answered ${error.status}: ${error.message}` : messageOf(error);

async function reportOf(call: Call, { env }: Surroundings): Promise<Report> {
  const clock = new SystemClock();
  const readings = await readSource(call, clock.now());
  const checked = readings.map(({ reading, scope }) => checkedReading(reading, call.source, scope, clock.now()));
  const plans = checked.flatMap(({ tasks }) => tasks);
  const dryRun = call.values['dry-run'] ?? false;
  const destination = await destinationOf(call, env, clock);
  try {
    const options = { dryRun, update: call.values.update ?? false };
    const outcomes: Outcome[] = destination
      ? await importTasks(destination, call.source, plans, options)
      : plans.map(() => ({ state: 'new' }));
    return {
      source: call.source,
      dryRun,
      tasks: plans.map((plan, index) => ({ plan, outcome: outcomes[index]! })),
      leftOut: checked.flatMap(({ leftOut }) => leftOut),
      remarks: [...new Set(checked.flatMap(({ remarks }) => remarks))],
    };
  } finally {
    await destination?.close();
  }
}

async function destinationOf(
  { values }: Call,
  env: Surroundings['env'],
  clock: SystemClock,
): Promise<Destination | null> {
  if (values.url !== undefined) {
    const { RestDestination } = await import('../destination/rest-destination.js');
    return new RestDestination(values.url, await tokenOf(values['token-file'], env), clock);
  }
  if (values.store === undefined) return null;
  const { StoreDestination } = await import('../destination/store-destination.js');
  const keys = keysIn(env);
  const options = { storeUrl: values.store, ...(keys !== undefined && { encryptionKeys: keys }) };
  return StoreDestination.open(options, values.organization ?? 'default');
}

/** The key ring of the environment, or of the file that it names. @throws SettingsError */
function keysIn({ ENCRYPTION_KEYS, ENCRYPTION_KEYS_FILE }: Surroundings['env']): string | undefined {
  const { env, faults } = withSecretFiles({ ENCRYPTION_KEYS, ENCRYPTION_KEYS_FILE });
  if (faults.length > 0) throw new SettingsError(faults.join('\n'));
  return env['ENCRYPTION_KEYS'];
}

async function tokenOf(file: string | undefined, env: Surroundings['env']): Promise<string> {
  const token = file === undefined ? env[TOKEN] : await readFile(file, 'utf8');
  if (!token?.trim())
    throw new UsageError(`A token or an API key is missing: in ${TOKEN}, or in the file of --token-file.`);
  return token.trim();
}
