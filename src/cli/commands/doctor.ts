import type { Command } from 'commander';
import type { Cli } from '../command.js';

/** The command that looks for what is wrong. */
export function doctorCommand(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .description('examine the service, or a store without it; fails if something is wrong')
    .option('--store <url>', 'the store, file:… or mongodb://…, in place of the service')
    .action(
      cli.does(async (call, { store }: { store?: string }) =>
        store === undefined
          ? (await import('../doctor/service.js')).examineService(call)
          : (await import('../doctor/store.js')).examineStore(call, store),
      ),
    );
}
