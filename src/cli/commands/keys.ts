import { Option, type Command } from 'commander';
import type { Cli } from '../command.js';
import type { TokenOptions } from '../keys/token.js';
import { wholeNumber } from '../terminal/arguments.js';

const ROLES = ['viewer', 'operator', 'editor', 'admin'];
const MOST_MINUTES = 30 * 24 * 60;

/** Commands for whoever has the settings of the service. */
export function keyCommands(program: Command, cli: Cli): void {
  program
    .command('token')
    .description('sign a token with the secret of the service (JWT_SECRET, or what it generated)')
    .option('--organization <name>', 'whose tasks it reaches', 'default')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).default('viewer'))
    .option('--subject <name>', 'who it is, in the audit trail', 'command line')
    .option('--minutes <count>', 'how long it is good', wholeNumber(1, MOST_MINUTES), 60)
    .option('--installation', 'it operates the installation')
    .action(
      cli.does(async (call, { role, ...options }: Omit<TokenOptions, 'role'> & { role: string }) =>
        (await import('../keys/token.js')).token(call, { ...options, role: [role] }),
      ),
    );
  program
    .command('keys')
    .description('the keys that seal secrets')
    .command('rotate')
    .description('seal everything in the store with the first of ENCRYPTION_KEYS, while services run')
    .action(cli.does(async (call) => (await import('../keys/rotate.js')).rotate(call)));
}
