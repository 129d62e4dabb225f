import { CommanderError } from 'commander';
import { Cli } from './command.js';
import { programOf } from './program.js';
import { EXIT, FailedError, UsageError } from './terminal/exit.js';
import { printableLines } from './terminal/printable.js';
import type { Surroundings } from './terminal/terminal.js';

/** Does what the words of a call say, and resolves to the exit code. */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const cli = new Cli(surroundings);
  try {
    await programOf(cli).parseAsync(args, { from: 'user' });
    return cli.code;
  } catch (error) {
    // Help and version end this way, too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongCall;
    const { sentence, code } = await told(error);
    await new Promise<void>((resolve) => surroundings.stderr.write(`${printableLines(sentence)}\n`, () => resolve()));
    return cli.faultCode ?? code;
  }
}

/** An error as a sentence, and the exit code. */
async function told(error: unknown): Promise<{ sentence: string; code: number }> {
  if (error instanceof UsageError) return { sentence: error.message, code: EXIT.wrongCall };
  if (error instanceof FailedError) return { sentence: error.message, code: error.code };
  const { messageOf } = await import('../domain/thrown.js');
  const { ProblemError } = await import('../client/index.js');
  if (error instanceof ProblemError) {
    const code = error.status === 401 || error.status === 403 ? EXIT.forbidden : EXIT.failed;
    return {
      sentence: `The service answered ${error.status}: ${error.message}`,
      code: error.status === 503 ? EXIT.away : code,
    };
  }
  const { StoreUnavailableError } = await import('../domain/errors.js');
  return {
    sentence: messageOf(error),
    code: error instanceof StoreUnavailableError ? EXIT.away : EXIT.failed,
  };
}
