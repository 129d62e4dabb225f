import { Argument, type Command } from 'commander';
import type { Cli } from '../command.js';

const SHELLS = ['bash', 'zsh', 'fish'];

/** The command that writes what a shell completes words with. */
export function completionCommand(program: Command, cli: Cli): void {
  program
    .command('completion')
    .description('write a script that completes words: source <(scheduled-task-runner completion bash)')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action(
      cli.does(async ({ terminal }, shell: string) => {
        const { scriptFor } = await import('../terminal/completion.js');
        await terminal.raw(scriptFor(shell, program));
      }),
    );
}
