import { openStorage } from '../../storage/open-storage.js';
import { mongoExaminationOf, upkeepOf } from '../../storage/open-upkeep.js';
import type { Schema, SchemaStep } from '../../storage/upkeep.js';
import type { Call } from '../command.js';
import { counted } from '../../domain/counted.js';
import { EXIT } from '../terminal/exit.js';
import { table } from '../terminal/table.js';
import { storeUrlOf, type StoreOption } from './store-url.js';

/** `migrate`, and what it would do (`--dry-run`). */
export async function migrate(
  { terminal }: Call,
  { dryRun = false, ...options }: StoreOption & { dryRun?: boolean },
): Promise<number> {
  const storeUrl = await storeUrlOf(options, terminal);
  if (dryRun) {
    const mongo = await mongoExaminationOf(storeUrl);
    const schema: Schema = mongo
      ? { ...(await mongo.schema()), indexes: await mongo.missing() }
      : await (await upkeepOf(storeUrl)).schema();
    await terminal.show(schema, planned);
    return schema.needed > schema.newest ? EXIT.failed : EXIT.done;
  }
  const storage = await openStorage(storeUrl);
  const { kind } = storage;
  await storage.close();
  await terminal.show({ store: kind }, ({ store }) => `The schema is that of this program: ${store}.`);
  return EXIT.done;
}

function planned({ version, needed, newest, pending, indexes = [] }: Schema): string {
  if (needed > newest) {
    return `This program cannot use the store: its schema is ${needed} or later, and this one knows up to ${newest}.`;
  }
  if (pending.length === 0) {
    const newer = version > newest ? ` A newer program has added to it, up to ${version}; this one can use it.` : '';
    const rest = indexes.length === 0 ? 'nothing to do' : `no step to take. ${built(indexes)}`;
    return `The schema is ${version}: ${rest}.${newer}`;
  }
  const rows = pending.map((step) => [step.version, step.breaks ? 'yes' : 'no', summary(step)]);
  const breaking = pending.find(({ breaks }) => breaks);
  const wayBack = breaking
    ? `From schema ${breaking.version} on, programs of schema ${version} cannot use the store: make a backup first.`
    : 'Programs of the schema that it has now can use it afterwards as well.';
  return [
    `The schema is ${version}; ${counted(pending.length, 'step')} to ${newest}. Nothing was changed.`,
    '',
    table(['STEP', 'BREAKS', 'STATEMENTS'], rows),
    '',
    wayBack,
    ...(indexes.length === 0 ? [] : [`${built(indexes)}.`]),
  ].join('\n');
}

const built = (indexes: readonly string[]): string =>
  `${counted(indexes.length, 'index', 'indexes')} would be built: ${indexes.join(', ')}`;

/** The first words of each statement. */
const summary = ({ statements }: SchemaStep): string =>
  statements.map((statement) => statement.trim().split(/\s+/).slice(0, 3).join(' ')).join('; ');
