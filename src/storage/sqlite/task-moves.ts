import type { Claim } from '../../domain/claim.js';
import type { TaskState } from '../../domain/task.js';
import { flattened, placeholders, RowBlocks } from './row-blocks.js';
import type { Sql } from './sql.js';

const moving = (columns: number, also = ''): RowBlocks =>
  new RowBlocks(
    columns,
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

/** Of a claim: whose task it is, at which generation and occurrence; to which next one it goes, and how it counts; its state. */
export type MoveValues = [
  taskId: string,
  organization: string,
  generation: number,
  scheduledFor: number,
  nextScheduledFor: number | null,
  nextDueAt: number | null,
  runs: number,
  dueAt: number,
  state: TaskState,
];
const STATE = 8;

/** The values with which a claim moves its task on. */
export const moveValues = (claim: Claim): MoveValues => {
  const { taskId, organization, generation, scheduledFor, dueAt, run, next, state } = claim;
  const [nextScheduledFor, nextDueAt] = [next?.scheduledFor ?? null, next?.dueAt ?? null];
  return [taskId, organization, generation, scheduledFor, nextScheduledFor, nextDueAt, run ? 1 : 0, dueAt, state];
};

const isGoingOn = (move: MoveValues): boolean => move[STATE] === 'active';

/** Moves tasks on to their next occurrence, inside the caller's transaction. */
export class TaskMoves {
  constructor(private readonly db: Sql) {}

  /** Moves each task that is still at the position of its claim; each task at most once. Returns the ids of moved tasks. */
  run(moves: readonly MoveValues[]): Set<string> {
    const going = moves.filter(isGoingOn).map((move) => move.slice(0, STATE));
    const ending = moves.filter((move) => !isGoingOn(move));
    return new Set([...MOVE.returning(this.db, flattened(going)), ...END.returning(this.db, flattened(ending))]);
  }
}
