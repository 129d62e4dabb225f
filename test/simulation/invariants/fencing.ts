import { isFinished, type RunProgress } from '../../../src/domain/run.js';
import type { Claim } from '../../../src/domain/claim.js';
import type { Observer } from '../world/chronicle.js';
import type { Call } from '../world/store-path.js';
import type { World } from '../world/world.js';

/**
 * Guarantee 3: an instance that has lost a run writes nothing more to it. What is written about an attempt is never
 * undone, and a finished run stays as it is.
 */
export class Fencing implements Observer {
  private readonly known = new Map<string, RunProgress>();

  constructor(private readonly world: World) {}

  applied({ port, method, parts }: Call, result: unknown): void {
    if (port !== 'runs') return;
    if (method === 'open') for (const { run } of parts[0] as Claim[]) if (run) this.forgetVoid(run.id);
    if (method !== 'update') return;
    for (const id of result as Set<string>) this.judge(id, this.world.data.runs.get(id)!);
  }

  /** Whatever the writers saw, the contents of the store must be consistent. */
  atTheEnd(): void {
    for (const { id, state, attempt, attempts, output } of this.world.data.runs.values()) {
      const numbers = attempts.map(({ number }) => number);
      if (new Set(numbers).size !== numbers.length) this.violate(id, `has an attempt twice: ${numbers.join()}`);
      if (state !== 'succeeded') continue;
      const by = (output as { attempt: number } | null)?.attempt;
      if (by !== attempt) this.violate(id, `succeeded in attempt ${attempt} with the output of ${by}`);
    }
  }

  private judge(id: string, progress: RunProgress): void {
    const before = this.known.get(id);
    this.known.set(id, progress);
    if (!before) return;
    if (isFinished(before.state)) this.violate(id, `was ${before.state} and becomes ${progress.state}`);
    if (progress.attempt < before.attempt) this.violate(id, `goes back to attempt ${progress.attempt}`);
    const told = (attempts: RunProgress['attempts']) => attempts.map(({ number, outcome }) => `${number} ${outcome}`);
    const [old, now] = [told(before.attempts), told(progress.attempts)];
    if (old.some((attempt, index) => now[index] !== attempt)) {
      this.violate(id, `had the attempts ${old.join(', ')} and now has ${now.join(', ')}`);
    }
  }

  private forgetVoid(id: string): void {
    if (!this.known.has(id)) return;
    const stored = this.world.data.runs.get(id);
    if (stored?.state === 'pending' && stored.attempts.length === 0) this.known.delete(id);
  }

  private violate(id: string, what: string): void {
    this.world.chronicle.violate('fencing', `run ${id} ${what}`, id);
  }
}
