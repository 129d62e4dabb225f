import mongoose from 'mongoose';

/** Removes after the last test what the tests have left on the MongoDB server. */
export default async function dropDatabases() {
  const uri = process.env.MONGODB_URI;
  if (!uri) return;
  const connection = await mongoose.createConnection(uri).asPromise();
  const { databases } = await connection.listDatabases();
  for (const { name } of databases) {
    if (name.startsWith(process.env.TEST_DATABASES)) await connection.useDb(name).dropDatabase();
  }
  await connection.close();
}
