import type { Claim } from '../../domain/claim.js';
import { placeholders, RowBlocks } from './row-blocks.js';
import type { Sql, SqlRow } from './sql.js';

const moving = (columns: number, also = ''): RowBlocks =>
  new RowBlocks(
    (size) => `UPDATE tasks SET next_scheduled_for = claimed.column5, next_due_at = claimed.column6,
        wake_at = coalesce(claimed.column6, paused_until),
        scheduled_runs = scheduled_runs + claimed.column7, claimed_until = claimed.column8 ${also}
      FROM (VALUES ${placeholders(size, columns)}) AS claimed
      WHERE tasks.id = claimed.column1 AND tasks.organization = claimed.column2
        AND tasks.generation = claimed.column3 AND tasks.next_scheduled_for = claimed.column4
      RETURNING tasks.id AS id`,
  );
/**
 * A task with a next occurrence is already active: its state stays unchanged, which saves an update of the index by
 * state.
 */
const MOVE = moving(8);
const END = moving(9, ', state = claimed.column9');

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

const isGoingOn = ({ state }: Claim): boolean => state === 'active';

/** Moves tasks on to their next occurrence, inside the caller's transaction. */
export class TaskMoves {
  constructor(private readonly db: Sql) {}

  /**
   * Moves the task of each claim that is still at the claim's position; each task at most once. Returns the ids of
   * moved tasks.
   */
  run(claims: readonly Claim[]): Set<string> {
    const [going, ending] = [claims.filter(isGoingOn), claims.filter((claim) => !isGoingOn(claim))];
    return new Set([
      ...MOVE.returning(this.db, going.map(rowOf)),
      ...END.returning(
        this.db,
        ending.map((claim) => [...rowOf(claim), claim.state]),
      ),
    ]);
  }
}
