import type { Claim } from '../../scheduling/run.store.js';
import { placeholders, RowBlocks } from './row-blocks.js';
import type { Sql, SqlRow } from './sql.js';

/** A task with a next occurrence is active already: its state stays as it is, which spares the index by state. */
const MOVE = new RowBlocks(
  (size) => `UPDATE tasks SET next_scheduled_for = claimed.column5, next_due_at = claimed.column6,
      wake_at = coalesce(claimed.column6, paused_until),
      scheduled_runs = scheduled_runs + claimed.column7, claimed_until = claimed.column8
    FROM (VALUES ${placeholders(size, 8)}) AS claimed
    WHERE tasks.id = claimed.column1 AND tasks.organization = claimed.column2
      AND tasks.generation = claimed.column3 AND tasks.next_scheduled_for = claimed.column4
    RETURNING tasks.id AS id`,
);
const END = `UPDATE tasks SET next_scheduled_for = ?5, next_due_at = ?6, wake_at = coalesce(?6, paused_until),
  scheduled_runs = scheduled_runs + ?7, claimed_until = ?8, state = ?9
  WHERE id = ?1 AND organization = ?2 AND generation = ?3 AND next_scheduled_for = ?4`;

const rowOf = ({ taskId, organization, generation, scheduledFor, dueAt, run, next }: Claim): SqlRow => [
  taskId,
  organization,
  generation,
  scheduledFor,
  next?.scheduledFor ?? null,
  next?.dueAt ?? null,
  run ? 1 : 0,
  dueAt,
];

/** Moves tasks on to their next occurrence, inside the caller's transaction. */
export class TaskMoves {
  constructor(private readonly db: Sql) {}

  /** Moves the task of each claim that still stands where the claim says, no task twice; the ids of those moved. */
  run(claims: readonly Claim[]): Set<string> {
    const moved = this.move(claims.filter(({ state }) => state === 'active'));
    for (const claim of claims) {
      if (claim.state !== 'active' && this.end(claim)) moved.add(claim.taskId);
    }
    return moved;
  }

  private move(claims: readonly Claim[]): Set<string> {
    const moved = new Set<string>();
    MOVE.each(claims.map(rowOf), (sql, values) => {
      for (const { id } of this.db.all<{ id: string }>(sql, values)) moved.add(id);
    });
    return moved;
  }

  private end(claim: Claim): boolean {
    return this.db.run(END, [...rowOf(claim), claim.state]) === 1;
  }
}
