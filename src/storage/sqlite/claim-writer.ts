import type { LedgerEntry } from '../../domain/ledger.js';
import type { Run } from '../../domain/run.js';
import type { Claim, ClaimResult } from '../../domain/claim.js';
import type { LedgerRows } from './ledger-rows.js';
import type { RunRows } from './run-rows.js';
import type { Sql } from './sql.js';
import { TaskMoves } from './task-moves.js';

const NEXT = 'SELECT next_scheduled_for AS next FROM tasks WHERE id = ? AND organization = ? AND generation = ?';

interface Numbered {
  index: number;
  claim: Claim;
}

/** Opens a batch of claims, inside the caller's transaction. */
export class ClaimWriter {
  private readonly newRuns: Run[] = [];
  private readonly newEntries: LedgerEntry[] = [];
  /** The existing runs, each with the last generation in which it is valid. */
  private readonly known: Map<string, number>;
  private readonly voidRuns: string[] = [];
  private readonly moves: TaskMoves;

  constructor(
    private readonly db: Sql,
    private readonly runs: RunRows,
    private readonly ledger: LedgerRows,
    private readonly claims: readonly Claim[],
  ) {
    this.moves = new TaskMoves(db);
    this.known = runs.known(claims.flatMap(({ run }) => run?.id ?? []));
  }

  open(): ClaimResult[] {
    const results: ClaimResult[] = [];
    for (const round of roundsOf(this.claims)) {
      const moved = this.moves.run(round.map(({ claim }) => claim));
      for (const { index, claim } of round) results[index] = this.resultOf(claim, moved.has(claim.taskId));
    }
    this.runs.remove(this.voidRuns);
    this.runs.insert(this.newRuns);
    this.ledger.insert(this.newEntries);
    return results;
  }

  private resultOf(claim: Claim, moved: boolean): ClaimResult {
    const taken = claim.run !== null && (this.known.get(claim.run.id) ?? -1) >= claim.generation;
    if (!moved) return taken && this.hasMovedOn(claim) ? 'taken' : 'stale';
    this.newEntries.push(...claim.ledger);
    if (taken) return 'taken';
    if (claim.run) this.add(claim.run);
    return 'opened';
  }

  private add(run: Run): void {
    if (this.known.has(run.id)) this.voidRuns.push(run.id);
    this.known.set(run.id, run.generation);
    this.newRuns.push(run);
  }

  private hasMovedOn({ taskId, organization, generation, scheduledFor }: Claim): boolean {
    const task = this.db.first<{ next: number | null }>(NEXT, [taskId, organization, generation]);
    return task !== undefined && task.next !== scheduledFor;
  }
}

/** The claims in parts in which each task occurs once; the claims of one task stay in order. */
function* roundsOf(claims: readonly Claim[]): Generator<Numbered[]> {
  let rest = claims.map((claim, index) => ({ claim, index }));
  while (rest.length > 0) {
    const round = new Map<string, Numbered>();
    const later: Numbered[] = [];
    for (const each of rest) {
      if (round.has(each.claim.taskId)) later.push(each);
      else round.set(each.claim.taskId, each);
    }
    yield [...round.values()];
    rest = later;
  }
}
