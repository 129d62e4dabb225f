import { afterAll, describe, expect, it } from '@jest/globals';
import { describeAuditStore } from '../../src/store/contract/audit-store.contract.js';
import { describeHealth } from '../../src/store/contract/health.contract.js';
import { describeStore } from '../../src/store/contract/index.js';
import { describeLockStore } from '../../src/store/contract/lock-store.contract.js';
import { describeReaders } from '../../src/store/contract/readers.contract.js';
import { describeRunClaims } from '../../src/store/contract/run-claims.contract.js';
import { describeTaskStore } from '../../src/store/contract/task-store.contract.js';
import { openOnHostConnection } from './host-connection-fixture.js';
import { kit, runner } from './jest-kit.js';
import { describeMongoAdapter } from './mongo-adapter.js';
import { describeMongoFailover } from './mongo-failover.js';
import { aDatabase, openMongo } from './mongo-fixture.js';
import { describeMongoOutage } from './mongo-outage.js';
import { describeProcesses } from './processes.contract.js';
import { SCATTERED, SentStatements, WITHOUT_INDEX } from './sent-statements.js';

const uri = process.env['MONGODB_URI'] ?? '';
const suite = uri ? describe : describe.skip;

suite(uri ? 'MongoDB' : 'MongoDB conformance suite, skipped because MONGODB_URI is not set', () => {
  const sent = new SentStatements();
  afterAll(() => sent.end());

  describeStore('contract', () => aDatabase(uri), runner);
  // The operations are the same; what a host's connection can change are concerns, values and who reads where.
  describe('on a connection of a host', () => {
    const open = () => openOnHostConnection(uri);
    describeTaskStore(kit, 'tasks', open);
    describeRunClaims(kit, 'claims', open);
    describeReaders(kit, 'readers', open);
    describeLockStore(kit, 'locks', open);
    describeAuditStore(kit, 'audit', open);
    describeHealth(kit, 'health', open);
  });
  describeProcesses('several processes', () => openMongo(uri));
  describeMongoAdapter(uri);
  // The proxy can lose answers of a single server, but not of a replica set or through TLS.
  if (/^mongodb:\/\/[^,@]+$/.test(uri) && !uri.includes('tls=true')) {
    describeMongoOutage(uri);
    describeMongoFailover(uri);
  }

  // The statements of everything above.
  it('has an index for the filter of each statement that was sent, but for those known', () => {
    expect(sent.judged.size).toBeGreaterThan(100);
    expect(sent.withoutIndex().sort()).toEqual(Object.keys(WITHOUT_INDEX).sort());
  });

  it('asks, of a collection that a cluster divides, the shards of what a statement is about, but for those known', () => {
    expect(sent.scattered().sort()).toEqual(Object.keys(SCATTERED).sort());
  });

  it('names the index of ids where that of what is held rivals it', () => {
    expect(sent.withoutHint()).toEqual([]);
  });

  it('asks for one state at a time where only an index of some states helps', () => {
    expect(sent.ofSeveralStates()).toEqual([]);
  });

  it('counts nothing that a shard has given away', () => {
    expect([...sent.commands]).toEqual(expect.arrayContaining(['find', 'aggregate', 'update', 'insert', 'delete']));
    expect(sent.commands).not.toContain('distinct');
    expect(sent.commands).not.toContain('count');
  });
});
