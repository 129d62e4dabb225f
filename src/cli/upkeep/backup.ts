import { embeddedStorePath } from '../../settings/data-directory.js';
import { upkeepOf } from '../../storage/open-upkeep.js';
import type { WrittenFile } from '../../storage/upkeep.js';
import type { Call } from '../command.js';
import { bytes } from '../terminal/amounts.js';
import { storeUrlOf, type StoreOption } from './store-url.js';

interface Options extends StoreOption {
  force?: boolean;
}

/** `backup FILE` */
export async function backup({ terminal }: Call, file: string, options: Options): Promise<void> {
  const upkeep = await upkeepOf(await storeUrlOf(options, terminal));
  const progress = terminal.progress('Writing');
  const written = await upkeep.backup(pathOf(file), { replace: options.force ?? false, progress });
  await terminal.show(
    written,
    (made) => `${told(made)} The keys are not in it: keep ENCRYPTION_KEYS, or encryption.key, with care elsewhere.`,
  );
}

/** `restore FILE` */
export async function restore({ terminal }: Call, file: string, options: Options): Promise<void> {
  const upkeep = await upkeepOf(await storeUrlOf(options, terminal));
  const progress = terminal.progress('Writing');
  const written = await upkeep.restore(pathOf(file), { replace: options.force ?? false, progress });
  await terminal.show(
    written,
    (made) =>
      `${told(made)} It is the store now. What was under way in it begins anew, and what has come due since goes by the misfire policy of its task.`,
  );
}

/** A file may be named as a store is (`file:…`). */
const pathOf = (file: string): string => embeddedStorePath(file) ?? file;

const told = ({ path, bytes: size, schema }: WrittenFile): string =>
  `${path} is written and checked: ${bytes(size)}, schema ${schema}.`;
