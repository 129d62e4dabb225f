import { AuditReads, AuditStore } from '../audit/audit.store.js';
import { ApiKeyReads, ApiKeyStore } from '../auth/api-key.store.js';
import { LogReads, LogStore } from '../execution-log/log.store.js';
import { RunReads } from '../scheduling/run.reads.js';
import { RunStore } from '../scheduling/run.store.js';
import { TaskReads } from '../scheduling/task.reads.js';
import { TaskStore } from '../scheduling/task.store.js';
import { StatsReads, StatsStore } from '../stats/stats.store.js';

type Port = abstract new () => object;

/**
 * What people read by, each with the port whose adapter serves it: over a connection of its own, so that no list, export
 * or statistic waits in the engine's line, and the engine in none of theirs.
 */
export const READS: readonly (readonly [reads: Port, port: Port])[] = [
  [TaskReads, TaskStore],
  [RunReads, RunStore],
  [LogReads, LogStore],
  [AuditReads, AuditStore],
  [ApiKeyReads, ApiKeyStore],
  [StatsReads, StatsStore],
];
