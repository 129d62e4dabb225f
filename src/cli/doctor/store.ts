import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { mongoExaminationOf, upkeepOf } from '../../storage/open-upkeep.js';
import type { ServerExamination, ServerFigures, StoreExamination } from '../../storage/upkeep.js';
import type { Call } from '../command.js';
import { counted } from '../../domain/counted.js';
import { bytes } from '../terminal/amounts.js';
import { fault, type Finding, found, MOST_OFFSET_MS, ok, shown, warning } from './findings.js';
import { inside } from './inside.js';

const LEAST_FREE = 256_000_000;

/** `doctor --store URL`: examines a store without the service, and changes nothing in it but for an index that has been replaced, which each start drops. */
export async function examineStore(call: Call, storeUrl: string): Promise<number> {
  const mongo = await mongoExaminationOf(storeUrl);
  if (mongo) return examineMongo(call, storeUrl, mongo);
  const upkeep = await upkeepOf(storeUrl);
  const schema = await found('schema', () => schemaOf(upkeep));
  const findings = [
    schema,
    await found('indexes', () => indexes(upkeep)),
    await found('disk', () => disk(upkeep.path)),
  ];
  // To open a store of another schema is to change it.
  if (schema.state === 'ok') findings.push(...(await inside(call, storeUrl)));
  return shown(call, findings);
}

async function examineMongo(call: Call, storeUrl: string, store: ServerExamination): Promise<number> {
  const findings = await serverFindings(call, store);
  const ofLayout = [await found('schema', () => schemaOf(store)), await found('indexes', () => indexes(store))];
  findings.push(...ofLayout);
  const isKnown = [findings[0]!, ...ofLayout].every(({ state }) => state !== 'fault');
  // To open it is to take the missing steps and to build the missing indexes.
  if (isKnown && ofLayout.every(({ state }) => state === 'ok')) findings.push(...(await inside(call, storeUrl)));
  return shown(call, findings);
}

/** What the server says of itself: its version first. */
async function serverFindings({ terminal }: Call, store: ServerExamination): Promise<Finding[]> {
  let server: ServerFigures | undefined;
  const version = await found('server', async () => {
    server = await store.server(() => terminal.clock.now());
    const { version: told, oldest, isSupported, isReplicated } = server;
    if (!isSupported) return fault('server', `version ${told}: the runner needs ${oldest} or later`);
    if (!isReplicated) return warning('server', `version ${told}, a single server: there is no failover`);
    return ok('server', `version ${told}, of a replica set or a cluster`);
  });
  if (!server) return [version];
  const { offsetMs, free } = server;
  return [version, ...(offsetMs === null ? [] : [clock(offsetMs)]), ...(free === null ? [] : [room(free)])];
}

function clock(offsetMs: number): Finding {
  const isOff = Math.abs(offsetMs) > MOST_OFFSET_MS;
  return (isOff ? warning : ok)('clock', `the server's differs from this one by ${offsetMs} ms`);
}

async function schemaOf(store: StoreExamination): Promise<Finding> {
  const { version, needed, newest, pending } = await store.schema();
  if (needed > newest) return fault('schema', `${version}: it needs a newer program`);
  if (pending.length > 0)
    return warning('schema', `${version}: ${counted(pending.length, 'step')} to ${newest}; migrate`);
  return ok('schema', String(version));
}

async function indexes(store: StoreExamination): Promise<Finding> {
  const missing = await store.missing();
  if (missing.length > 0) return fault('indexes', `missing: ${missing.join(', ')}`);
  return ok('indexes', 'all tables, indexes and triggers are there');
}

async function disk(path: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(dirname(path));
  return room(bavail * bsize);
}

const room = (free: number): Finding => (free < LEAST_FREE ? fault : ok)('disk', `${bytes(free)} free`);
