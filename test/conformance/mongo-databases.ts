import { randomUUID } from 'node:crypto';
import mongoose from 'mongoose';

/** A database that is empty at first and that nobody else uses until it is returned. */
export interface LentDatabase {
  url: string;
  giveBack(): void;
}

/** The options of a statement that a test sends itself: nobody asks whether the product may send such a one. */
export const OF_A_TEST = { comment: 'of a test' };

const lent = new Set<number>();
const prefix = process.env['TEST_DATABASES']!;

function addressOf(uri: string, name: string): string {
  const [address, query] = uri.split('?') as [string, string?];
  const [, server, database] = /^(mongodb(?:\+srv)?:\/\/[^/]+)\/?(.*)$/.exec(address)!;
  const options = new URLSearchParams(query);
  if (server!.includes('@') && !options.has('authSource')) options.set('authSource', database || 'admin');
  return `${server}/${name}?${options.toString()}`;
}

/** The address of a database that has never existed on the server at `uri`. */
export const databaseOf = (uri: string): string => addressOf(uri, `${prefix}-${randomUUID().slice(0, 13)}`);

/**
 * Lends this worker a database of its own. A returned database is emptied and lent again, because creating one with all
 * of its indexes takes longer than most tests.
 */
export async function lendDatabase(uri: string): Promise<LentDatabase> {
  const number = [...lent, lent.size].findIndex((_, candidate) => !lent.has(candidate));
  lent.add(number);
  const url = addressOf(uri, `${prefix}-${process.env['JEST_WORKER_ID']}-${number}`);
  await empty(url);
  return { url, giveBack: () => void lent.delete(number) };
}

async function empty(url: string): Promise<void> {
  const connection = await mongoose.createConnection(url).asPromise();
  try {
    // A test may have put a view in the place of a collection, or have dropped what a view needs.
    const found = (await connection.listCollections()).filter(({ name }) => !name.startsWith('system.'));
    const views = found.filter(({ type }) => type === 'view').map(({ name }) => name);
    for (const name of views) await connection.dropCollection(name);
    const kept = found.filter(({ name }) => !views.includes(name));
    await Promise.all(kept.map(({ name }) => connection.collection(name).deleteMany({}, OF_A_TEST)));
  } finally {
    await connection.close();
  }
}
