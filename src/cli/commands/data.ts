import type { Command } from 'commander';
import type { Cli } from '../command.js';

interface StoreOption {
  store?: string;
}

/** Commands for the file of an embedded store, and for the schema of any. */
export function dataCommands(program: Command, cli: Cli): void {
  const ofStore = (name: string, kinds = 'file:…'): Command =>
    program.command(name).option('--store <url>', `the store, ${kinds}; STORE_URL or the settings file unless given`);
  ofStore('backup <file>')
    .description('write the embedded store into one checked file, while services run')
    .option('--force', 'replace a file that is there')
    .action(
      cli.does(async (call, file: string, options: StoreOption & { force?: boolean }) =>
        (await import('../upkeep/backup.js')).backup(call, file, options),
      ),
    );
  ofStore('restore <file>')
    .description('put a backup in the place of the embedded store, which nobody may use')
    .option('--force', 'replace the store that is there')
    .action(
      cli.does(async (call, file: string, options: StoreOption & { force?: boolean }) =>
        (await import('../upkeep/backup.js')).restore(call, file, options),
      ),
    );
  ofStore('vacuum')
    .description('give the room of what was removed back to the disk')
    .option('--online', 'although services use the store: their writes wait meanwhile')
    .action(
      cli.does(async (call, options: StoreOption & { online?: boolean }) =>
        (await import('../upkeep/vacuum.js')).vacuum(call, options),
      ),
    );
  ofStore('migrate', 'file:… or mongodb://…')
    .description('bring the store to the schema of this program, as the service does when it starts')
    .option('--dry-run', 'say which steps that would be, and change nothing')
    .action(
      cli.does(async (call, options: StoreOption & { dryRun?: boolean }) =>
        (await import('../upkeep/migrate.js')).migrate(call, options),
      ),
    );
}
