import { randomUUID } from 'node:crypto';
import mongoose from 'mongoose';

/** A database that is empty at first and that nobody else uses until it is given back. */
export interface LentDatabase {
  url: string;
  giveBack(): void;
}

const lent = new Set<number>();
const prefix = process.env['TEST_DATABASES']!;

function addressOf(uri: string, name: string): string {
  const [address, query] = uri.split('?') as [string, string?];
  const [, server, database] = /^(mongodb(?:\+srv)?:\/\/[^/]+)\/?(.*)$/.exec(address)!;
  const options = new URLSearchParams(query);
  if (server!.includes('@') && !options.has('authSource')) options.set('authSource', database || 'admin');
  return `${server}/${name}?${options.toString()}`;
}

/** The address of a database on the server at `uri` that has never been there. */
export const databaseOf = (uri: string): string => addressOf(uri, `${prefix}-${randomUUID().slice(0, 13)}`);

/**
 * Lends a database of this worker's own. It is emptied rather than made anew, for making one with all of its indexes
 * takes longer than most tests.
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
    const names = await connection.listCollections();
    await Promise.all(names.map(({ name }) => connection.collection(name).deleteMany({})));
  } finally {
    await connection.close();
  }
}
