import type { mongo } from 'mongoose';
import { SettingsError } from '../../domain/errors.js';

/** Indexes are partial by lists of values, which earlier servers refuse. */
export const OLDEST_MAJOR = 6;

/** What is known of the server when the store opens. */
export interface Server {
  version: string;
  /** A replica set, or a cluster of them: a write is confirmed by several members. */
  isReplicated: boolean;
}

/** Asks the server what it is. */
export async function serverOf(database: mongo.Db): Promise<Server> {
  const [hello, build] = await Promise.all([database.command({ hello: 1 }), database.command({ buildInfo: 1 })]);
  const isReplicated = typeof hello['setName'] === 'string' || hello['msg'] === 'isdbgrid';
  return { version: String(build['version']), isReplicated };
}

/** @throws SettingsError when the server is too old */
export function demandSupported({ version }: Server, hosts: string): void {
  if (isSupported(version)) return;
  throw new SettingsError(`${hosts} is of version ${version}: the runner needs MongoDB ${OLDEST_MAJOR}.0 or later.`);
}

export const isSupported = (version: string): boolean => !(Number.parseInt(version, 10) < OLDEST_MAJOR);

/** An index is built once most members have it: by default all that vote must have it, also one that is away. */
export const indexingOn = ({ isReplicated }: Server): mongo.CreateIndexesOptions =>
  isReplicated ? { commitQuorum: 'majority' } : {};
