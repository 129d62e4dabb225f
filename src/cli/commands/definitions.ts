import type { Command } from 'commander';
import type { Cli } from '../command.js';
import type { ApplyOptions } from '../service/definitions.js';
import { DIFF_EXIT } from '../terminal/exit.js';

const load = () => import('../service/definitions.js');

/** Commands for tasks that are defined in files. */
export function definitionCommands(task: Command, cli: Cli): void {
  const ofFiles = (name: string) =>
    task
      .command(`${name} <files...>`)
      .option('--prune', 'also delete tasks of the set that are in no file')
      .option('--secrets', 'send the values of all secrets anew');
  ofFiles('apply')
    .description('make the tasks of files: shows a plan, asks, and changes only what the files own')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show the plan alone')
    .action(
      cli.does(async (call, files: string[], options: ApplyOptions) => (await load()).apply(call, files, options)),
    );
  ofFiles('diff')
    .description('show how the service differs from files; ends with 0 the same, 1 different, 2 a fault')
    .action(
      cli.does(
        async (call, files: string[], options: ApplyOptions) => (await load()).diff(call, files, options),
        DIFF_EXIT.fault,
      ),
    );
  task
    .command('export')
    .description('write tasks as definitions, of which apply changes nothing')
    .option('--set <name>', 'the set that they are to be of')
    .option('--tag <tag>', 'those with this tag')
    .option('--owned', 'only those of the set')
    .action(
      cli.does(async (call, options: { set?: string; tag?: string; owned?: boolean }) =>
        (await import('../service/export.js')).exportTasks(call, options),
      ),
    );
  task
    .command('schema')
    .description('write the JSON Schema of files with definitions, for editors')
    .action(
      cli.does(async ({ terminal }) => terminal.json((await import('../definitions/file-schema.js')).fileJsonSchema())),
    );
}
