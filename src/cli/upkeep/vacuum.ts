import { upkeepOf } from '../../storage/open-upkeep.js';
import type { Call } from '../command.js';
import { bytes } from '../terminal/amounts.js';
import { FailedError } from '../terminal/exit.js';
import { UpkeepRefusedError } from '../../storage/upkeep.js';
import { storeUrlOf, type StoreOption } from './store-url.js';

/** `vacuum` */
export async function vacuum({ terminal }: Call, { online = false, ...options }: StoreOption & { online?: boolean }) {
  const upkeep = await upkeepOf(await storeUrlOf(options, terminal));
  const shrunk = await upkeep.vacuum({ online }).catch((error: unknown) => {
    if (online || !(error instanceof UpkeepRefusedError)) throw error;
    throw new FailedError(
      `${error.message} With --online it is done meanwhile: the writes of services wait for it, about a second for each 100 MB.`,
    );
  });
  await terminal.show(
    { path: upkeep.path, ...shrunk },
    ({ path, before, after }) => `${path} had ${bytes(before)} and has ${bytes(after)}.`,
  );
}
