import type { Command } from 'commander';
import type { Cli } from '../command.js';
import type { LogOptions } from '../service/logs.js';
import type { RetryOptions, RunListOptions } from '../service/runs.js';
import { instantOrAgo, several, wholeNumber } from '../terminal/arguments.js';

const load = () => import('../service/runs.js');

/** Commands for runs. */
export function runCommands(program: Command, cli: Cli): void {
  const run = program.command('run').description('runs: what became of occurrences, requests and events');
  const at = instantOrAgo(() => cli.surroundings.clock.now());
  run
    .command('list')
    .description('list runs, newest first')
    .option('--task <id>', 'of this task')
    .option('--state <state>', 'in this state; several', several)
    .option('--trigger <trigger>', 'started by: schedule, manual, event, backfill or retry')
    .option('--from <instant>', 'scheduled from this instant on, or how long ago (2h)', at)
    .option('--to <instant>', 'scheduled before this instant', at)
    .option('--limit <count>', 'how many, at most', wholeNumber(1, 100_000), 50)
    .action(cli.does(async (call, options: RunListOptions) => (await load()).list(call, options)));
  run
    .command('get <id>')
    .description('show a run and its attempts')
    .action(cli.does(async (call, id: string) => (await load()).get(call, id)));
  run
    .command('logs <id>')
    .description('show the log of a run')
    .option('-f, --follow', 'go on until the run ends')
    .option('--limit <count>', 'how many entries, at most', wholeNumber(1, 100_000), 1000)
    .option('--tail <count>', 'the last entries alone, so many', wholeNumber(1, 1000))
    .action(
      cli.does(async (call, id: string, options: LogOptions) =>
        (await import('../service/logs.js')).logs(call, id, options),
      ),
    );
  run
    .command('retry [id]')
    .description('drive a failed run again, or all that the options name')
    .option('--task <id>', 'of this task')
    .option('--from <instant>', 'scheduled from this instant on, or how long ago (2h)', at)
    .option('--to <instant>', 'scheduled before this instant', at)
    .option('--code <code>', 'whose last error has this code')
    .option('--dry-run', 'say how many that would be')
    .action(
      cli.does(async (call, id: string | undefined, options: RetryOptions) => (await load()).retry(call, id, options)),
    );
  run
    .command('cancel <id>')
    .description('cancel a run')
    .action(cli.does(async (call, id: string) => (await load()).cancel(call, id)));
}
