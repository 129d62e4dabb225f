import type { WebhookSourceStore } from './ports/webhook-source.store.js';
import type { WebhookSource } from './webhook-source.js';

const PAGE = 200;

/** The webhook sources of all organizations, by id. */
export async function* everySource(store: Pick<WebhookSourceStore, 'page'>): AsyncGenerator<WebhookSource, void> {
  for (let after = ''; ;) {
    const page = await store.page(after, PAGE);
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.id;
  }
}
