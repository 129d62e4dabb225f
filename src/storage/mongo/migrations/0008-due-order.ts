import { dropIndex } from './drop-index.js';
import type { Migration } from './migration.js';

/** Drops the index of due tasks that left open which of one instant and one shard comes first. */
export const orderDueTasks: Migration = ({ tasks }) => dropIndex(tasks, 'due');
