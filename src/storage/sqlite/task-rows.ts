import { addShapes, termsOfTask } from '../../domain/event-index.js';
import { groupsBy } from '../../domain/groups.js';
import { storedNeedOf } from '../../domain/need.js';
import { shardOf } from '../../domain/shards.js';
import { eventTypesOf, wakeAt, type Task, type TaskState } from '../../domain/task.js';
import { readableTask } from '../readable-task.js';
import { objectIn } from '../shape.js';
import { BulkInsert } from './bulk-insert.js';
import type { Sql, SqlRow } from './sql.js';

/** The columns that a claim can change, and those that find a task. */
const COLUMNS = [
  'id',
  'organization',
  'state',
  'generation',
  'next_scheduled_for',
  'next_due_at',
  'paused_until',
  'wake_at',
  'scheduled_runs',
  'claimed_until',
  'shard',
] as const;

/** What joins the details of each task; CROSS JOIN makes the planner read tasks first. */
export const DETAILS = 'CROSS JOIN task_details ON task_details.number = tasks.number';
export const TASKS = `tasks ${DETAILS}`;

/** The columns that `taskFrom` needs. */
export const TASK_COLUMNS =
  'tasks.id, tasks.organization, tasks.state, tasks.generation, next_scheduled_for, next_due_at, paused_until, scheduled_runs, claimed_until, details';

export interface TaskRow {
  id: string;
  organization: string;
  state: TaskState;
  generation: number;
  next_scheduled_for: number | null;
  next_due_at: number | null;
  paused_until: number | null;
  scheduled_runs: number;
  claimed_until: number | null;
  details: string;
}

type Details = Omit<Task, keyof TaskRow | 'next' | 'pausedUntil' | 'scheduledRuns' | 'claimedUntil' | 'toldUntil'> & {
  toldUntil?: number;
};

/** The number of the task with this id. */
export const NUMBER = '(SELECT number FROM tasks WHERE id = ?)';
const LAST_NUMBER = 'SELECT coalesce(max(number), 0) AS last FROM tasks';
const REPLACE = `UPDATE tasks SET ${COLUMNS.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`;
const REPLACE_NEED = 'UPDATE tasks SET queue = ?, skill = ? WHERE id = ?';
const REPLACE_DETAILS = `UPDATE task_details SET folded_name = ?, details = ? WHERE number = ${NUMBER}`;

/** The shapes by which the event triggers of an organization are indexed. */
export const SHAPES = 'SELECT shape FROM event_shapes WHERE organization = ?';

/** The form in which names are compared with search texts. */
export const folded = (text: string): string => text.toLowerCase();

function rowOf(task: Task): SqlRow {
  const { id, organization, state, generation, next, pausedUntil, scheduledRuns, claimedUntil } = task;
  const [scheduledFor, dueAt] = [next?.scheduledFor ?? null, next?.dueAt ?? null];
  const position = [scheduledFor, dueAt, pausedUntil, wakeAt(task), scheduledRuns, claimedUntil];
  return [id, organization, state, generation, ...position, shardOf(id)];
}

function needRow(task: Task): SqlRow {
  const { queue, skill } = storedNeedOf(task);
  return [queue ?? null, skill ?? null];
}

function detailsOf(task: Task): SqlRow {
  const { id, organization, state, generation, next, pausedUntil, scheduledRuns, claimedUntil, ...details } = task;
  return [folded(details.definition.name), JSON.stringify(details)];
}

/** The task of a row. */
export function taskFrom(row: TaskRow): Task {
  const { next_scheduled_for: scheduledFor, next_due_at: dueAt } = row;
  const known = {
    id: row.id,
    organization: row.organization,
    state: row.state,
    generation: row.generation,
    next: scheduledFor === null || dueAt === null ? null : { scheduledFor, dueAt },
    pausedUntil: row.paused_until,
    scheduledRuns: row.scheduled_runs,
    claimedUntil: row.claimed_until,
  };
  return readableTask(known, () => {
    const details = objectIn(row.details) as unknown as Details;
    // Missing in tasks of older versions.
    return { ...known, ...details, toldUntil: details.toldUntil ?? details.since };
  });
}

/** Writes a task's row together with the rows that find it by event and tag, inside the caller's transaction. */
export class TaskRows {
  private readonly tasks: BulkInsert;
  private readonly details: BulkInsert;
  private readonly events: BulkInsert;
  private readonly shapes: BulkInsert;
  private readonly terms: BulkInsert;
  private readonly tags: BulkInsert;

  constructor(private readonly db: Sql) {
    this.tasks = new BulkInsert(db, 'tasks', ['number', ...COLUMNS, 'queue', 'skill']);
    this.details = new BulkInsert(db, 'task_details', ['number', 'folded_name', 'details']);
    this.events = new BulkInsert(db, 'task_events', ['organization', 'event', 'task_id']);
    this.shapes = new BulkInsert(db, 'event_shapes', ['organization', 'shape']);
    this.terms = new BulkInsert(db, 'event_terms', ['organization', 'term', 'task_id']);
    this.tags = new BulkInsert(db, 'task_tags', ['organization', 'tag', 'task_id']);
  }

  /** Inserts tasks that do not exist yet. */
  insert(tasks: readonly Task[]): void {
    const { last } = this.db.first<{ last: number }>(LAST_NUMBER, [])!;
    this.tasks.run(tasks.map((task, index) => [last + 1 + index, ...rowOf(task), ...needRow(task)]));
    this.details.run(tasks.map((task, index) => [last + 1 + index, ...detailsOf(task)]));
    this.insertTerms(tasks);
  }

  replace(before: Task, task: Task): void {
    this.removeTerms(before);
    this.db.run(REPLACE, [...rowOf(task), task.id]);
    // What could not be read stays unchanged, for programs that can read it.
    if (task.unreadable === undefined) {
      this.db.run(REPLACE_DETAILS, [...detailsOf(task), task.id]);
      // Also where nothing changed: an instance of an older version may have changed the task without it.
      this.db.run(REPLACE_NEED, [...needRow(task), task.id]);
    }
    this.insertTerms([task]);
  }

  remove(task: Task): void {
    this.removeTerms(task);
    this.db.run(`DELETE FROM task_details WHERE number = ${NUMBER}`, [task.id]);
    this.db.run('DELETE FROM tasks WHERE id = ?', [task.id]);
  }

  private insertTerms(tasks: readonly Task[]): void {
    const waiting = tasks.filter((task) => eventTypesOf(task).length > 0);
    // First the terms: rows by event that have none get one that any event of the type finds.
    for (const [organization, together] of groupsBy(waiting, (task) => task.organization))
      this.insertEventTerms(organization, together);
    this.events.run(tasks.flatMap((task) => eventTypesOf(task).map((event) => [task.organization, event, task.id])));
    this.tags.run(tasks.flatMap((task) => task.definition.tags.map((tag) => [task.organization, tag, task.id])));
  }

  private insertEventTerms(organization: string, tasks: readonly Task[]): void {
    const known = new Set(this.db.all<{ shape: string }>(SHAPES, [organization]).map(({ shape }) => shape));
    const added = tasks.flatMap((task) => addShapes(known, task));
    this.shapes.run(added.map((shape) => [organization, shape]));
    this.terms.run(tasks.flatMap((task) => termsOfTask(task, known).map((term) => [organization, term, task.id])));
  }

  private removeTerms(task: Task): void {
    if (task.unreadable !== undefined) return this.removeAllTerms(task);
    for (const event of eventTypesOf(task)) {
      this.db.run('DELETE FROM task_events WHERE organization = ? AND event = ? AND task_id = ?', [
        task.organization,
        event,
        task.id,
      ]);
    }
    for (const tag of task.definition.tags) {
      this.db.run('DELETE FROM task_tags WHERE organization = ? AND tag = ? AND task_id = ?', [
        task.organization,
        tag,
        task.id,
      ]);
    }
  }

  /** For an unreadable task, whose terms are unknown. */
  private removeAllTerms({ organization, id }: Task): void {
    for (const table of ['task_events', 'task_tags'])
      this.db.run(`DELETE FROM ${table} WHERE organization = ? AND task_id = ?`, [organization, id]);
  }
}
