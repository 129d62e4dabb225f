#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

// Without a command, or with `serve`, it starts the service from an installation. A host application installs of the
// service's packages only what it uses; npx fetches those that are missing here. Other commands (docs/cli.md) load only
// what they need.
interface Manifest {
  name: string;
  version: string;
  peerDependencies: Record<string, string>;
}

/** Tells the second call of this program that npx was asked already. */
const ASKED = 'SCHEDULED_TASK_RUNNER_FETCHED';
/** Peers that the service does not need. */
const FOR_HOSTS = [
  '@nestjs/testing',
  'class-transformer',
  'class-validator',
  'cron',
  'fast-check',
  'piscina',
  'typescript',
];
/** What programs end with whose reader has gone, such as `head`. What else was to be done is not. */
const READER_GONE = 128 + constants.signals.SIGPIPE;
const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));
const { name, version, peerDependencies } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as Manifest;

const [word, ...words] = process.argv.slice(2);
if (word === undefined || word === 'serve') {
  startService(words);
} else if (word === 'config' && !isInstalled('yaml')) {
  startService(process.argv.slice(2));
} else {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? READER_GONE : 1));
  }
  process.exitCode = await otherCommand(word);
}

async function otherCommand(called: string): Promise<number> {
  if (called === 'import') {
    const { importCommand } = await import('./importers/command/import-command.js');
    return importCommand(words, { env: process.env, out: process.stdout, err: process.stderr });
  }
  if (called === 'config') return (await import('./config-command.js')).configCommand(words, process);
  const { runCli } = await import('./cli/run.js');
  const { SystemClock } = await import('./clock/system-clock.js');
  const { env, stdin, stdout, stderr } = process;
  return runCli(process.argv.slice(2), { env, stdin, stdout, stderr, clock: new SystemClock() });
}

function startService(args: string[]): void {
  const needed = Object.entries(peerDependencies).filter(([each]) => !FOR_HOSTS.includes(each));
  const missing = needed.map(([each]) => each).filter((each) => !isInstalled(each));
  if (missing.length === 0) {
    start(process.execPath, ['--max-semi-space-size=64', '--expose-gc', MAIN, ...args]);
  } else if (process.env[ASKED] === undefined) {
    const wanted = [`${name}@${version}`, ...needed.map(([each, range]) => `${each}@${range}`)];
    console.error(`The service needs ${missing.length} more packages; npx fetches them. To install them here:`);
    console.error(
      `  npm install ${wanted
        .slice(1)
        .map((each) => `"${each}"`)
        .join(' ')}`,
    );
    start('npx', ['--yes', ...wanted.map((each) => `--package=${each}`), name, ...process.argv.slice(2)]);
  } else {
    console.error(`The service cannot start: these packages are missing: ${missing.join(', ')}.`);
    process.exitCode = 1;
  }
}

function isInstalled(each: string): boolean {
  try {
    import.meta.resolve(each);
    return true;
  } catch {
    return false;
  }
}

/** Runs a program in this one's place: it gets the signals, and its exit code (128 and the signal's number) is this one's. */
function start(command: string, args: string[]): void {
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, [ASKED]: 'yes' } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`${command} cannot be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal!];
  });
}
