import type { Claim, ClaimResult } from '../../../src/domain/claim.js';
import type { LedgerEntry } from '../../../src/domain/ledger.js';
import type { LifecycleMessage } from '../../../src/domain/lifecycle-message.js';
import { isFinished, type Run } from '../../../src/domain/run.js';
import type { Task } from '../../../src/domain/task.js';
import type { Observer } from '../world/chronicle.js';
import type { Call } from '../world/store-path.js';
import type { World } from '../world/world.js';

/** What was done within this time before the end may yet be told (ms). */
const LATEST_MS = 2500;

/**
 * Guarantee 10: what leaves is stored first. Each step that is in the store reaches the consumer at least once, under one
 * id, and nothing reaches it that was not done.
 */
export class Told implements Observer {
  /** When each step was stored for the first time, by its name. */
  private readonly done = new Map<string, number>();
  private readonly idsOf = new Map<string, Set<string>>();
  private readonly stepOf = new Map<string, string>();

  constructor(private readonly world: World) {
    world.onDelivered = (message) => this.delivered(message);
  }

  applied({ port, method, parts }: Call, result: unknown): void {
    if (port === 'runs' && method === 'update') for (const id of result as Set<string>) this.noteRun(id);
    if (port === 'runs' && method === 'open') this.noteClaims(parts[0] as Claim[], result as ClaimResult[]);
    if (port === 'runs' && method === 'insert') this.noteNew(parts[0] as Run[], result as Set<string>);
    if (port !== 'tasks') return;
    if (method === 'insert') {
      const known = result as Set<string>;
      for (const { id } of parts[0] as Task[]) if (!known.has(id)) this.note(`task ${id} created 1`);
    }
    if (method === 'replace' && result === true) {
      this.noteChange(parts[1] as Task, parts[2] as Task);
      this.noteMissed((parts[3] ?? []) as LedgerEntry[]);
    }
    if (method === 'remove' && result === true) this.note(`task ${String(parts[1])} deleted ${String(parts[2])}`);
  }

  atTheEnd(): void {
    const latest = this.world.timeline.now - LATEST_MS;
    for (const [step, at] of this.done)
      if (at < latest && !this.idsOf.has(step)) this.violate(`${step} was never told`, step);
    for (const [step, ids] of this.idsOf)
      if (ids.size > 1) this.violate(`${step} was told under the ids ${[...ids].join(', ')}`, step);
  }

  private delivered(message: LifecycleMessage): void {
    const step = stepOf(message);
    if (step === null) return;
    if (!this.done.has(step)) this.violate(`${step} was told and not done`, step);
    this.idsOf.set(step, (this.idsOf.get(step) ?? new Set()).add(message.id));
    const other = this.stepOf.get(message.id) ?? step;
    if (other !== step) this.violate(`${step} was told under the id of ${other}`, step);
    this.stepOf.set(message.id, step);
  }

  private noteClaims(claims: readonly Claim[], results: readonly ClaimResult[]): void {
    claims.forEach(({ ledger }, index) => results[index] !== 'stale' && this.noteMissed(ledger));
  }

  private noteMissed(entries: readonly LedgerEntry[]): void {
    for (const entry of entries) if (entry.outcome !== 'skipped') this.note(missedStep(entry));
  }

  private noteNew(runs: readonly Run[], known: ReadonlySet<string>): void {
    for (const { id } of runs) if (!known.has(id)) this.noteRun(id);
  }

  private noteRun(id: string): void {
    const { state, attempt, attempts } = this.world.data.runs.get(id)!;
    for (const { number, startedAt } of attempts) if (startedAt !== null) this.note(`run ${id} run.started ${number}`);
    if (state === 'running') this.note(`run ${id} run.started ${attempt}`);
    const last = attempts.at(-1);
    if (state === 'retrying' && last) this.note(`run ${id} run.retrying ${last.number}`);
    if (isFinished(state)) this.note(`run ${id} run.${state} ${attempt}`);
  }

  private noteChange({ id, generation }: Task, before: Pick<Task, 'generation'>): void {
    if (generation !== before.generation) this.note(`task ${id} changed ${generation}`);
  }

  private note(step: string): void {
    if (!this.done.has(step)) this.done.set(step, this.world.timeline.now);
  }

  private violate(what: string, step: string): void {
    this.world.chronicle.violate('told', what, step.split(' ')[1]!);
  }
}

const missedStep = ({ taskId, from, to, outcome }: Pick<LedgerEntry, 'taskId' | 'from' | 'to' | 'outcome'>): string =>
  `task ${taskId} ${outcome} ${from} ${to}`;

/** The name of the step; null for what the store does not show. */
function stepOf(message: LifecycleMessage): string | null {
  if ('runId' in message) return `run ${message.runId} ${message.type} ${message.attempt}`;
  if (message.type === 'task.missed') return missedStep(message);
  if (message.type !== 'task.changed' || message.change === 'completed') return null;
  const { change, taskId, generation } = message;
  return `task ${taskId} ${change === 'created' || change === 'deleted' ? change : 'changed'} ${generation}`;
}
