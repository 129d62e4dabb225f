import type { MongoCollections } from '../mongo-collections.js';

/**
 * One step of the database's layout, never changed once it is released. Instances that start at once may make it at
 * the same time, and one that dies leaves it half made: it must do no harm when it is made again.
 * It only adds, so that instances of the version before go on; one that cannot sets `needed` in the schema's entry.
 */
export type Migration = (collections: MongoCollections) => Promise<void>;
