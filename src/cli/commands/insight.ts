import type { Command } from 'commander';
import type { Cli } from '../command.js';
import type { PreviewOptions, VerifyOptions } from '../service/insight.js';
import { instantOrAgo, jsonObject, wholeNumber } from '../terminal/arguments.js';

const load = () => import('../service/insight.js');

/** Commands that show how things are. */
export function insightCommands(program: Command, cli: Cli): void {
  const at = instantOrAgo(() => cli.surroundings.clock.now());
  program
    .command('preview')
    .description('show when a trigger would fire, without storing anything')
    .option('--cron <expression>', 'a cron expression')
    .option('--time-zone <zone>', 'its time zone, such as Europe/Berlin')
    .option('--trigger <json>', 'any trigger, as in a task', jsonObject)
    .option('--from <instant>', 'after this instant', at)
    .option('--count <count>', 'how many instants', wholeNumber(1, 100), 10)
    .action(cli.does(async (call, options: PreviewOptions) => (await load()).preview(call, options)));
  program
    .command('explain <task>')
    .description('say why an occurrence of a task ran, waited or did not run')
    .option('--at <instant>', 'the occurrence; the last one unless given', at)
    .action(cli.does(async (call, id: string, options: { at?: string }) => (await load()).explain(call, id, options)));
  program
    .command('forecast')
    .description('show the load to expect')
    .option('--hours <count>', 'of so many hours', wholeNumber(1, 24), 24)
    .action(cli.does(async (call, options: { hours: number }) => (await load()).forecast(call, options)));
  program
    .command('queues')
    .description('show the queues')
    .action(cli.does(async (call) => (await load()).queues(call)));
  program
    .command('instances')
    .description('show the instances')
    .option('--limit <count>', 'how many, at most', wholeNumber(1, 100_000), 200)
    .action(cli.does(async (call, options: { limit: number }) => (await load()).instances(call, options)));
  program
    .command('overdue')
    .description('show what is due and does not start; fails if there is something')
    .action(cli.does(async (call) => (await load()).overdue(call)));
  program
    .command('audit')
    .description('the audit trail')
    .command('verify')
    .description('prove that the trail is what was written; fails if it is not')
    .option('--installation', 'the trail of the installation')
    .option('--sequence <number>', 'that an entry which was kept elsewhere is in it', wholeNumber(1, 2 ** 52))
    .option('--hash <hash>', 'the hash of that entry')
    .action(cli.does(async (call, options: VerifyOptions) => (await load()).verify(call, options)));
}
