import type { Command } from 'commander';
import type { Cli } from '../command.js';

const load = () => import('../service/profiles.js');

/** Commands for the services that somebody uses. */
export function profileCommands(program: Command, cli: Cli): void {
  const profile = program.command('profile').description('services and tokens, in a file that only you can read');
  profile
    .command('set <name>')
    .description('keep --url and a token (TASK_RUNNER_TOKEN, --token-file; - for the standard input) under a name')
    .action(cli.does(async (call, name: string) => (await load()).set(call, name)));
  profile
    .command('list')
    .description('list profiles, without their tokens')
    .action(cli.does(async (call) => (await load()).list(call)));
  profile
    .command('use <name>')
    .description('use a profile unless another one is named')
    .action(cli.does(async (call, name: string) => (await load()).use(call, name)));
  profile
    .command('remove <name>')
    .description('forget a profile')
    .action(cli.does(async (call, name: string) => (await load()).remove(call, name)));
}
