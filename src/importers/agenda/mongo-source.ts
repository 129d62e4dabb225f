import { createConnection, mongo } from 'mongoose';
import { MOST_ENTRIES, MOST_SOURCE_BYTES } from '../reading.js';

const CONNECT_MS = 10_000;

/** The jobs in a collection of Agenda, in Extended JSON. Nothing there is changed. @throws Error when they are too many */
export async function jobsIn(url: string, collection: string): Promise<unknown[]> {
  const connection = await createConnection(url, { serverSelectionTimeoutMS: CONNECT_MS }).asPromise();
  try {
    const jobs: unknown[] = [];
    let bytes = 0;
    const found = connection.collection(collection).find({}, { limit: 2 * MOST_ENTRIES, sort: { _id: 1 } });
    for await (const job of found) {
      const text = mongo.BSON.EJSON.stringify(job, { relaxed: true });
      bytes += text.length;
      if (bytes > MOST_SOURCE_BYTES)
        throw new Error(`The collection has more than ${MOST_SOURCE_BYTES / 1024 / 1024} MB of jobs.`);
      jobs.push(JSON.parse(text));
    }
    return jobs;
  } finally {
    await connection.close();
  }
}
