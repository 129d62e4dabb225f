import { DIRECT, MAKE_UPS, type RunTrigger } from '../../domain/run.js';
import type { Beside } from '../../scheduling/ports/run.store.js';
import { ATTEMPTS, memberOf, RUN_COLUMNS, UNFINISHED, type RunRow } from './run-rows.js';
import type { SqlRow } from './sql.js';
import type { SqliteConnection } from './sqlite-connection.js';

const origin = (name: string) => `'${name}', ${memberOf('origin', name)}`;
/** The columns of a run, of its JSON only what says where it stands. */
const LIGHT = RUN_COLUMNS.replace('payload', 'NULL AS payload')
  .replace(
    'origin',
    `json_object(${['generation', 'priority', 'createdAt', 'retryOf'].map(origin).join(', ')}, 'event', NULL) AS origin`,
  )
  .replace(
    'progress',
    `json_object('attempts', json(${ATTEMPTS}), 'latenessMs', NULL, 'output', NULL, 'reason', NULL) AS progress`,
  );

const HELD = `${UNFINISHED} AND task_id = ?`;
/** Two stretches of the index, so that the owner's own runs are not passed. */
const OTHERS = ['<', '>']
  .map((side) => `SELECT ${LIGHT} FROM runs WHERE ${HELD} AND owner ${side} ?`)
  .join(' UNION ALL ');
const NEXT_HOLDER = `SELECT min(owner) FROM runs WHERE ${HELD} AND owner >`;
const HOLDERS = `WITH RECURSIVE holders (name) AS (${NEXT_HOLDER} '' UNION ALL
  SELECT (${NEXT_HOLDER} holders.name) FROM holders WHERE holders.name IS NOT NULL)
  SELECT name FROM holders WHERE name IS NOT NULL AND name <> ?`;

const heldBySide = (side: string) =>
  `EXISTS (SELECT 1 FROM runs WHERE ${UNFINISHED} AND task_id = asked.value AND owner ${side} ?)`;
const TASKS_HELD = `SELECT value AS id FROM json_each(?) AS asked WHERE ${heldBySide('<')} OR ${heldBySide('>')}`;

const first = (condition: string, order = '') =>
  `SELECT * FROM (SELECT ${LIGHT} FROM runs WHERE ${HELD} AND owner = ? AND ${condition}${order} LIMIT ?)`;
const BEGUN = first(`(state <> 'pending' OR attempt > 1) AND (+state <> 'pending' OR ${ATTEMPTS} <> '[]')`);
const waiting = (due: string) => first(`trigger = ? AND due_at ${due} ? AND +state = 'pending'`, ' ORDER BY due_at');

/** Finds the runs of a task that others hold, of very many only the first ones. */
export class RunsBeside {
  constructor(private readonly db: SqliteConnection) {}

  async tasksHeld(taskIds: readonly string[], owner: string): Promise<Set<string>> {
    const rows = await this.db.query<{ id: string }>(TASKS_HELD, [JSON.stringify(taskIds), owner, owner]);
    return new Set(rows.map(({ id }) => id));
  }

  async of(taskId: string, owner: string, beside: Beside): Promise<RunRow[]> {
    const values = [taskId, owner, taskId, owner, beside.limit + 1];
    const all = await this.db.query<RunRow>(`${OTHERS} LIMIT ?`, values);
    if (all.length <= beside.limit) return all;
    const holders = await this.db.query<{ name: string }>(HOLDERS, [taskId, taskId, owner]);
    const found = new Map<string, RunRow>();
    for (const { name } of holders) for (const row of await this.firstOf(taskId, name, beside)) found.set(row.id, row);
    return [...found.values()];
  }

  private firstOf(taskId: string, holder: string, { since, dueBy, limit }: Beside): Promise<RunRow[]> {
    const parts: [sql: string, values: SqlRow][] = [[BEGUN, [taskId, holder, limit]]];
    const add = (trigger: RunTrigger, due: string, at: number) =>
      parts.push([waiting(due), [taskId, holder, trigger, at, limit]]);
    for (const trigger of [...DIRECT, ...MAKE_UPS]) {
      add(trigger, '<=', dueBy);
      add(trigger, '>', since);
    }
    const sql = parts.map(([text]) => text).join(' UNION ALL ');
    return this.db.query<RunRow>(
      sql,
      parts.flatMap(([, values]) => values),
    );
  }
}
