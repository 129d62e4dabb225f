import type { Connection } from 'mongoose';
import { openMongo as openStore } from '../../src/storage/mongo/open-mongo.js';
import type { StoreUnderTest } from '../../src/store/contract/index.js';
import { lendDatabase } from './mongo-databases.js';
import type { Readers, StoreFixture, Stores } from './fixture.js';

/** One connection to a database, opened as the service opens it. */
export interface MongoConnected extends Stores {
  readers: Readers;
  connection: Connection;
  close(): Promise<void>;
}

/** Opens the store on its own. */
export async function connect(url: string): Promise<MongoConnected> {
  const { ports, ...open } = await openStore(url);
  return { ...ports, ...open };
}

/** An empty database on the server at `uri`. */
export async function aDatabase(uri: string): Promise<StoreUnderTest> {
  const { url, giveBack } = await lendDatabase(uri);
  return { open: () => openStore(url), remove: giveBack };
}

/** Opens an empty database on the server at `uri`. */
export async function openMongo(uri: string): Promise<StoreFixture & { connection: Connection }> {
  const { url, giveBack } = await lendDatabase(uri);
  const connected = [await connect(url)];
  const [first] = connected as [MongoConnected];
  return {
    ...first,
    url,
    reopen: async () => {
      const another = await connect(url);
      connected.push(another);
      return another;
    },
    close: async () => {
      await Promise.all(connected.splice(0).map((each) => each.close()));
      giveBack();
    },
  };
}
