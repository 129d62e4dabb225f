import type { LedgerEntry } from '../../domain/ledger.js';
import type { Run } from '../../domain/run.js';
import type { Claim, ClaimResult } from '../../scheduling/run.store.js';
import type { LedgerRows } from './ledger-rows.js';
import type { RunRows } from './run-rows.js';
import type { Sql } from './sql.js';

const STILL_THERE = 'id = ? AND organization = ? AND generation = ? AND next_scheduled_for = ?';
const MOVE = 'next_scheduled_for = ?, next_due_at = ?, wake_at = coalesce(?, paused_until)';
/** A task with a next occurrence is active already; leaving the state alone spares the index by state. */
const MOVE_ACTIVE = `UPDATE tasks SET ${MOVE} WHERE ${STILL_THERE}`;
const MOVE_AND_END = `UPDATE tasks SET ${MOVE}, state = ? WHERE ${STILL_THERE}`;
const NEXT = 'SELECT next_scheduled_for AS next FROM tasks WHERE id = ? AND organization = ? AND generation = ?';

/** Opens a batch of claims, inside the caller's transaction. */
export class ClaimWriter {
  private readonly newRuns: Run[] = [];
  private readonly newEntries: LedgerEntry[] = [];
  private readonly known: Set<string>;

  constructor(
    private readonly db: Sql,
    private readonly runs: RunRows,
    private readonly ledger: LedgerRows,
    private readonly claims: readonly Claim[],
  ) {
    this.known = runs.known(claims.flatMap(({ run }) => run?.id ?? []));
  }

  open(): ClaimResult[] {
    const results = this.claims.map((claim) => this.openOne(claim));
    this.runs.insert(this.newRuns);
    this.ledger.insert(this.newEntries);
    return results;
  }

  private openOne(claim: Claim): ClaimResult {
    const taken = claim.run !== null && this.known.has(claim.run.id);
    if (!this.moveTask(claim)) return taken && this.hasMovedOn(claim) ? 'taken' : 'stale';
    this.newEntries.push(...claim.ledger);
    if (taken) return 'taken';
    if (claim.run) {
      this.known.add(claim.run.id);
      this.newRuns.push(claim.run);
    }
    return 'opened';
  }

  private moveTask({ taskId, organization, generation, scheduledFor, next, state }: Claim): boolean {
    const to = [next?.scheduledFor ?? null, next?.dueAt ?? null, next?.dueAt ?? null];
    const from = [taskId, organization, generation, scheduledFor];
    const changed =
      state === 'active'
        ? this.db.run(MOVE_ACTIVE, [...to, ...from])
        : this.db.run(MOVE_AND_END, [...to, state, ...from]);
    return changed === 1;
  }

  private hasMovedOn({ taskId, organization, generation, scheduledFor }: Claim): boolean {
    const task = this.db.first<{ next: number | null }>(NEXT, [taskId, organization, generation]);
    return task !== undefined && task.next !== scheduledFor;
  }
}
