import type { SealedSecrets, SealedStore } from './sealed.store.js';

const PAGE = 200;

/** The tasks of all organizations that have secrets, by id. */
export async function* everySealed(store: Pick<SealedStore, 'page'>): AsyncGenerator<SealedSecrets, void> {
  for (let after = ''; ;) {
    const page = await store.page(after, PAGE);
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.taskId;
  }
}
