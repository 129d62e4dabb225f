import type { LedgerEntry } from '../../domain/ledger.js';
import type { Claim, ClaimResult } from '../../domain/claim.js';
import type { LedgerRows } from './ledger-rows.js';
import type { RunRows } from './run-rows.js';
import { runValues } from './run-values.js';
import type { Sql, SqlRow } from './sql.js';
import { moveValues, TaskMoves, type MoveValues } from './task-moves.js';

const NEXT = 'SELECT next_scheduled_for AS next FROM tasks WHERE id = ? AND organization = ? AND generation = ?';

/** A claim as values: these go to the thread of the store at a fraction of the expense of objects. */
export interface ClaimValues {
  move: MoveValues;
  /** The run with its generation, which `runValues` do not tell by itself. */
  run: { generation: number; values: SqlRow } | null;
  ledger: readonly LedgerEntry[];
}

/** Made where the claim is made. */
export const claimValues = (claim: Claim): ClaimValues => ({
  move: moveValues(claim),
  run: claim.run && { generation: claim.run.generation, values: runValues(claim.run) },
  ledger: claim.ledger,
});

interface Numbered {
  index: number;
  claim: ClaimValues;
}

/** Opens a batch of claims, inside the caller's transaction. */
export class ClaimWriter {
  private readonly newRuns: SqlRow[] = [];
  private readonly newEntries: LedgerEntry[] = [];
  /** The existing runs, each with the last generation in which it is valid. */
  private readonly known: Map<string, number>;
  private readonly voidRuns: string[] = [];
  private readonly moves: TaskMoves;

  constructor(
    private readonly db: Sql,
    private readonly runs: RunRows,
    private readonly ledger: LedgerRows,
    private readonly claims: readonly ClaimValues[],
  ) {
    this.moves = new TaskMoves(db);
    this.known = runs.known(claims.flatMap(({ run }) => (run ? idOf(run) : [])));
  }

  open(): ClaimResult[] {
    const results: ClaimResult[] = [];
    for (const round of roundsOf(this.claims)) {
      const moved = this.moves.run(round.map(({ claim }) => claim.move));
      for (const { index, claim } of round) results[index] = this.resultOf(claim, moved.has(taskOf(claim)));
    }
    this.runs.remove(this.voidRuns);
    this.runs.insert(this.newRuns);
    this.ledger.insert(this.newEntries);
    return results;
  }

  private resultOf(claim: ClaimValues, moved: boolean): ClaimResult {
    const { run, move, ledger } = claim;
    const [, , generation] = move;
    const taken = run !== null && (this.known.get(idOf(run)) ?? -1) >= generation;
    if (!moved) return taken && this.hasMovedOn(move) ? 'taken' : 'stale';
    this.newEntries.push(...ledger);
    if (taken) return 'taken';
    if (run) this.add(run);
    return 'opened';
  }

  private add(run: NonNullable<ClaimValues['run']>): void {
    const id = idOf(run);
    if (this.known.has(id)) this.voidRuns.push(id);
    this.known.set(id, run.generation);
    this.newRuns.push(run.values);
  }

  private hasMovedOn([taskId, organization, generation, scheduledFor]: MoveValues): boolean {
    const task = this.db.first<{ next: number | null }>(NEXT, [taskId, organization, generation]);
    return task !== undefined && task.next !== scheduledFor;
  }
}

const idOf = ({ values }: NonNullable<ClaimValues['run']>): string => values[0] as string;

export const taskOf = ({ move: [taskId] }: ClaimValues): string => taskId;

/** The claims in parts in which each task occurs once; the claims of one task stay in order. */
function* roundsOf(claims: readonly ClaimValues[]): Generator<Numbered[]> {
  let rest = claims.map((claim, index) => ({ claim, index }));
  while (rest.length > 0) {
    const round = new Map<string, Numbered>();
    const later: Numbered[] = [];
    for (const each of rest) {
      const taskId = taskOf(each.claim);
      if (round.has(taskId)) later.push(each);
      else round.set(taskId, each);
    }
    yield [...round.values()];
    rest = later;
  }
}
