import { Command, Option } from 'commander';
import { packageVersion } from '../cluster/package-version.js';
import { completionCommand } from './commands/completion.js';
import { dataCommands } from './commands/data.js';
import { doctorCommand } from './commands/doctor.js';
import { insightCommands } from './commands/insight.js';
import { keyCommands } from './commands/keys.js';
import { profileCommands } from './commands/profiles.js';
import { runCommands } from './commands/runs.js';
import { taskCommands } from './commands/tasks.js';
import type { Cli } from './command.js';
import { UsageError } from './terminal/exit.js';

const ABOUT = `Scheduled Task Runner: the service, and all that is done to it from a terminal.

Without a command, it starts the service. Commands that ask a service find it by --url or TASK_RUNNER_URL and a token or
API key in TASK_RUNNER_TOKEN or --token-file; or by a profile, which holds both.`;

const EXIT_CODES = `
Exit codes: 0 done; 1 failed, or the answer is no; 2 the call is wrong; 3 some of it was not done; 4 the token is not
accepted or lacks the role; 5 the service or the store does not answer. diff: 0 the same, 1 different, 2 a fault.`;

/** All commands. What a command works with is loaded when it is called. */
export function programOf(cli: Cli): Command {
  const { stdout, stderr } = cli.surroundings;
  const program = new Command('scheduled-task-runner')
    .description(ABOUT)
    .version(packageVersion(), '-V, --version', 'say the version')
    .addOption(new Option('--output <format>', 'what results look like').choices(['table', 'json']).default('table'))
    .option('--url <url>', 'the service')
    .option('--token-file <file>', 'a file with the token; - for the standard input')
    .option('--profile <name>', 'the profile of the service')
    .option('--no-color', 'no colours on a terminal, as with NO_COLOR')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .addHelpText('after', EXIT_CODES)
    .exitOverride();
  elsewhere(program);
  taskCommands(program, cli);
  runCommands(program, cli);
  insightCommands(program, cli);
  profileCommands(program, cli);
  doctorCommand(program, cli);
  dataCommands(program, cli);
  keyCommands(program, cli);
  completionCommand(program, cli);
  return program;
}

/** Commands that read their words themselves; here for the help. */
function elsewhere(program: Command): void {
  const own = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .helpOption(false)
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw new UsageError(`${name} comes first: nothing may be before it.`);
      });
  own('serve', 'start the service');
  own('config', 'config check | print --redacted: the settings of the service');
  own('import', 'bring tasks from another scheduler; import --help');
}
