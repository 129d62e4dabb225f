import { Logger } from '@nestjs/common';
import { isolated } from '../batching/isolated.js';
import { chunksOf } from '../domain/chunks.js';
import type { Run } from '../domain/run.js';
import { messageOf } from '../domain/thrown.js';
import { CHUNK } from './pace.js';

/** What became of a run that was to be stored: another run had its id already, or it cannot be stored. */
export type Stored = 'new' | 'known' | 'failed';

const logger = new Logger('Reruns');

/**
 * Stores the runs chunk by chunk, with a result for each. `store` resolves to the ids that existed already. A run that
 * cannot be stored fails alone, which is logged. @throws StoreUnavailableError
 */
export async function storeAlone(
  runs: readonly Run[],
  store: (chunk: readonly Run[]) => Promise<Set<string>>,
): Promise<Stored[]> {
  const results: Stored[] = [];
  for (const chunk of chunksOf(runs, CHUNK)) {
    const stored = await isolated<Run, Stored>(
      chunk,
      async (part) => {
        const known = await store(part);
        return part.map(({ id }) => (known.has(id) ? 'known' : 'new'));
      },
      ({ id }, error) => {
        logger.error(`The run ${id} cannot be stored: ${messageOf(error)}`);
        return 'failed';
      },
    );
    results.push(...stored);
  }
  return results;
}
