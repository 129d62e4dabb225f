import type { Command } from 'commander';
import type { Cli } from '../command.js';
import type { BackfillOptions, PauseOptions, TaskListOptions } from '../service/tasks.js';
import { definitionCommands } from './definitions.js';
import { instant, instantOrAgo, jsonObject, wholeNumber } from '../terminal/arguments.js';

const load = () => import('../service/tasks.js');

/** Commands for the tasks of an organization. */
export function taskCommands(program: Command, cli: Cli): void {
  const task = program.command('task').description('tasks: what runs, when and how');
  const at = instantOrAgo(() => cli.surroundings.clock.now());
  task
    .command('list')
    .description('list tasks, newest first')
    .option('--state <state>', 'active, paused or completed')
    .option('--queue <name>', 'of this queue')
    .option('--tag <tag>', 'with this tag')
    .option('--search <text>', 'with this text in their name')
    .option('--limit <count>', 'how many, at most', wholeNumber(1, 100_000), 50)
    .action(cli.does(async (call, options: TaskListOptions) => (await load()).list(call, options)));
  task
    .command('get <id>')
    .description('show a task')
    .action(cli.does(async (call, id: string) => (await load()).get(call, id)));
  changes(task, cli);
  definitionCommands(task, cli);
  task
    .command('run <id>')
    .description('run a task now; its schedule stays')
    .option('--parameters <json>', 'parameters of this run', jsonObject)
    .option('--wait', 'wait for its end, and fail where it did not succeed')
    .action(
      cli.does(async (call, id: string, options: { parameters?: Record<string, unknown>; wait?: boolean }) =>
        (await load()).run(call, id, options),
      ),
    );
  task
    .command('backfill <id>')
    .description('start occurrences of the past that did not run')
    .requiredOption('--from <instant>', 'the first instant, or how long ago (2d)', at)
    .requiredOption('--to <instant>', 'the end, exclusive', at)
    .option('--every-ms <ms>', 'the time between two starts', wholeNumber(1, 86_400_000))
    .option('--dry-run', 'say how many that would be')
    .action(cli.does(async (call, id: string, options: BackfillOptions) => (await load()).backfill(call, id, options)));
}

function changes(task: Command, cli: Cli): void {
  const filtered = (name: string) =>
    task
      .command(`${name} [ids...]`)
      .option('--tag <tag>', 'all with this tag')
      .option('--queue <name>', 'all of this queue')
      .option('--all', 'all')
      .option('--dry-run', 'say how many that would be');
  filtered('pause')
    .description('pause tasks')
    .option('--reason <text>', 'why')
    .option('--until <instant>', 'when they resume by themselves', instant)
    .action(cli.does(async (call, ids: string[], options: PauseOptions) => (await load()).pause(call, ids, options)));
  filtered('resume')
    .description('resume paused tasks')
    .action(cli.does(async (call, ids: string[], options: PauseOptions) => (await load()).resume(call, ids, options)));
}
