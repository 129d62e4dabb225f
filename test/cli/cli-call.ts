import { PassThrough } from 'node:stream';
import { runCli } from '../../src/cli/run.js';
import type { Clock } from '../../src/clock/clock.js';
import { SystemClock } from '../../src/clock/system-clock.js';
import type { Ended } from './cli-process.js';

/** How the terminal of a call is. */
export interface Terms {
  env?: Record<string, string>;
  input?: string;
  isTerminal?: boolean;
  clock?: Clock;
  /** The input that follows a question. */
  answering?: () => Promise<string>;
}

/** Calls the command line in this process, without `import`, `config` and `serve`. */
export async function callHere(
  args: readonly string[],
  { env = {}, input = '', isTerminal = false, clock = new SystemClock(), answering }: Terms = {},
): Promise<Ended> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  for (const stream of [stdin, stdout, stderr]) Object.assign(stream, { isTTY: isTerminal });
  const texts = { out: '', err: '' };
  stdout.setEncoding('utf8').on('data', (part: string) => (texts.out += part));
  stderr.setEncoding('utf8').on('data', (part: string) => {
    texts.err += part;
    if (answering && part.includes('[y/N]')) void answering().then((answer) => stdin.end(answer));
  });
  if (!answering) stdin.end(input);
  const code = await runCli(args, {
    env: { HOME: '/nowhere', ...env },
    stdin,
    stdout,
    stderr,
    clock,
  });
  return { code, ...texts };
}
