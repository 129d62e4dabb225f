import type { MongoCollections } from '../mongo-collections.js';

/**
 * One step of the database's layout, never changed once it is released. Instances that start together may run it at the
 * same time, and one that dies leaves it half done: running it again must do no harm. A migration only adds, so that
 * instances of the previous version continue; one that cannot sets `needed` in the schema's entry.
 */
export type Migration = (collections: MongoCollections) => Promise<void>;
