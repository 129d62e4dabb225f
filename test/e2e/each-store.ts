import { describe } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lendDatabase } from '../conformance/mongo-databases.js';

/** An empty store, and how to remove it. */
export interface TemporaryStore {
  url: string;
  drop(): Promise<void>;
}

async function sqlite(): Promise<TemporaryStore> {
  const folder = await mkdtemp(join(tmpdir(), 'task-runner-'));
  return { url: `file:${join(folder, 'tasks.db')}`, drop: () => rm(folder, { recursive: true, force: true }) };
}

async function mongo(): Promise<TemporaryStore> {
  const { url, giveBack } = await lendDatabase(process.env['MONGODB_URI']!);
  return { url, drop: async () => giveBack() };
}

/** Describes the same behaviour on SQLite, and on MongoDB if a server is given. */
export function describeOnEachStore(name: string, suite: (open: () => Promise<TemporaryStore>) => void): void {
  describe(`${name} on SQLite`, () => suite(sqlite));
  const given = process.env['MONGODB_URI'] !== undefined;
  (given ? describe : describe.skip)(`${name} on MongoDB`, () => suite(mongo));
}
