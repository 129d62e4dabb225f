import { describe } from '@jest/globals';
import { describeAuditStore } from './audit-store.contract.js';
import { describeApiKeyStore } from './api-key-store.contract.js';
import { describeConcurrency } from './concurrency.contract.js';
import { describeEventStore } from './event-store.contract.js';
import type { OpenFixture } from './fixture.js';
import { describeHealth } from './health.contract.js';
import { describeIdempotencyStore } from './idempotency-store.contract.js';
import { describeInstanceStore } from './instance-store.contract.js';
import { describeLockStore } from './lock-store.contract.js';
import { describeLogStore } from './log-store.contract.js';
import { describeMadeUpRuns } from './made-up-runs.contract.js';
import { describeLooks } from './looks.contract.js';
import { describeReaders } from './readers.contract.js';
import { describeRunClaims } from './run-claims.contract.js';
import { describeRunQueries } from './run-queries.contract.js';
import { describeRunStore } from './run-store.contract.js';
import { describeSealedStore } from './sealed-store.contract.js';
import { describeSettingsStore } from './settings-store.contract.js';
import { describeStatsStore } from './stats-store.contract.js';
import { describeTaskLists } from './task-lists.contract.js';
import { describeTaskStore } from './task-store.contract.js';

/** What every store has to pass, port by port. */
export function describeStore(name: string, open: OpenFixture): void {
  describe(name, () => {
    describeTaskStore('tasks', open);
    describeTaskLists('task lists', open);
    describeRunClaims('claims', open);
    describeRunStore('runs', open);
    describeRunQueries('run queries', open);
    describeMadeUpRuns('runs that make up for others', open);
    describeReaders('readers', open);
    describeLooks('looks', open);
    describeLockStore('locks', open);
    describeEventStore('events', open);
    describeLogStore('logs', open);
    describeIdempotencyStore('idempotency', open);
    describeInstanceStore('instances', open);
    describeSettingsStore('settings', open);
    describeAuditStore('audit', open);
    describeSealedStore('sealed secrets', open);
    describeApiKeyStore('API keys', open);
    describeStatsStore('stats', open);
    describeHealth('health', open);
    describeConcurrency('concurrency', open);
  });
}
