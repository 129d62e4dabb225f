import { SHARD_DIGITS, SHARDS } from '../../../domain/shards.js';
import type { Migration } from './migration.js';

const digit = (place: number): string => `(instr('${SHARD_DIGITS}', substr(id, ${place}, 1)) - 1)`;

/** The shard of each task (`shardOf`); the database derives it, also for tasks of older programs. */
export const shards: Migration = {
  version: 4,
  statements: [
    `ALTER TABLE tasks ADD COLUMN shard INTEGER AS ((${digit(-2)} * 16 + ${digit(-1)}) & ${SHARDS - 1}) VIRTUAL`,
    'DROP INDEX tasks_by_wake',
    // TaskStore.dueBetween, of all tasks and of some shards
    'CREATE INDEX due_tasks ON tasks (wake_at, shard) WHERE wake_at IS NOT NULL',
  ],
};
