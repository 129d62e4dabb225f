import mongoose from 'mongoose';
import { removeTemporaryFiles } from './temporary-files.js';

export default async function afterAll() {
  removeTemporaryFiles();
  await dropDatabases();
}

/** Removes what the tests have left on the MongoDB server. */
async function dropDatabases() {
  const uri = process.env.MONGODB_URI;
  if (!uri) return;
  const connection = await mongoose.createConnection(uri).asPromise();
  const { databases } = await connection.listDatabases();
  for (const { name } of databases) {
    if (name.startsWith(process.env.TEST_DATABASES)) await connection.useDb(name).dropDatabase();
  }
  await connection.close();
}
