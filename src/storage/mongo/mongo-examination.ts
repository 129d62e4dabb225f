import { createConnection, type mongo } from 'mongoose';
import type { Schema, SchemaStep, ServerExamination, ServerFigures } from '../upkeep.js';
import { repairDriver } from './driver-repair.js';
import { addModels, type CollectionName, MongoCollections } from './mongo-collections.js';
import { connectionOptions, hostsOf, opened } from './mongo-connection.js';
import { guarded } from './mongo-errors.js';
import { INDEXES } from './mongo-indexes.js';
import { MIGRATIONS, NEEDED, SCHEMA_VERSION, storedSchema } from './mongo-migrations.js';
import { isSupported, OLDEST_MAJOR, serverOf } from './server-check.js';

/** Looks at a database as it is: nothing in it is changed. Each question is asked over a connection of its own. */
export class MongoExamination implements ServerExamination {
  constructor(private readonly uri: string) {}

  async schema(): Promise<Schema> {
    return this.asked(async (collections) => {
      const { version, needed } = await storedSchema(collections);
      const breaks = (step: number) => version > 0 && version < (NEEDED[step] ?? 0);
      const pending = MIGRATIONS.slice(version).map((step, index): SchemaStep => ({
        version: version + index + 1,
        breaks: breaks(version + index + 1),
        statements: [inWords(step.name)],
      }));
      return { version, needed, newest: SCHEMA_VERSION, pending };
    });
  }

  missing(): Promise<string[]> {
    return this.asked(missingIndexes);
  }

  async server(now: () => number): Promise<ServerFigures> {
    return this.asked(async ({ database }) => {
      const server = await serverOf(database);
      const before = now();
      const { localTime } = await database.command({ hello: 1 });
      const between = (before + now()) / 2;
      const sizes: mongo.Document = await database.command({ dbStats: 1 }).catch(() => ({}));
      return {
        ...server,
        isSupported: isSupported(server.version),
        oldest: `${OLDEST_MAJOR}.0`,
        offsetMs: localTime instanceof Date ? Math.round(localTime.getTime() - between) : null,
        free: freeOf(sizes),
      };
    });
  }

  private async asked<Answer>(ask: (collections: MongoCollections) => Promise<Answer>): Promise<Answer> {
    repairDriver();
    const hosts = hostsOf(this.uri);
    const connection = addModels(createConnection(this.uri, connectionOptions(this.uri, 'full')));
    await opened(connection, hosts);
    try {
      return await guarded({ ask: () => ask(new MongoCollections(connection)) }, hosts).ask();
    } finally {
      await connection.close();
    }
  }
}

/** `createSettings` as "create settings". */
const inWords = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** How much room is left where the server keeps its data (bytes), where it tells. */
function freeOf({ fsTotalSize, fsUsedSize }: mongo.Document): number | null {
  return typeof fsTotalSize === 'number' && typeof fsUsedSize === 'number' ? fsTotalSize - fsUsedSize : null;
}

/** The declared indexes that are not there, each as `collection.index`. */
async function missingIndexes(collections: MongoCollections): Promise<string[]> {
  const listed = await collections.database.listCollections({}, { nameOnly: true }).toArray();
  const there = new Set(listed.map(({ name }) => name));
  const each = Object.entries(INDEXES).map(async ([name, declared]) => {
    const found = there.has(name) ? await collections.of(name as CollectionName).indexes() : [];
    const known = new Set(found.map((index) => sameness(index as mongo.IndexDescription)));
    return declared.filter((index) => !known.has(sameness(index))).map((index) => `${name}.${index.name}`);
  });
  return (await Promise.all(each)).flat();
}

const sameness = ({ name, key }: mongo.IndexDescription): string => JSON.stringify([name, key]);
