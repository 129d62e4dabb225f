import type { Observer, Start } from '../world/chronicle.js';
import type { World } from '../world/world.js';

/**
 * Guarantee 2: no attempt starts twice. A new attempt of a run starts only after the previous one has ended or its lock
 * has expired by the clock of the store.
 */
export class OneStart implements Observer {
  private readonly last = new Map<string, Start>();
  private readonly seen = new Set<string>();

  constructor(private readonly world: World) {}

  started(start: Start): void {
    const { chronicle } = this.world;
    const key = `${start.runId} ${start.attempt}`;
    if (this.seen.has(key)) {
      chronicle.violate('one start', `run ${start.runId} starts attempt ${start.attempt} twice`, start.runId);
    }
    this.seen.add(key);
    const former = this.last.get(start.runId);
    this.last.set(start.runId, start);
    if (former && former.attempt >= start.attempt) {
      chronicle.violate('one start', `run ${start.runId} goes back to attempt ${start.attempt}`, start.runId);
    }
    if (former && isRunning(this.world, former)) {
      const what = `run ${start.runId} starts attempt ${start.attempt} while ${former.attempt} is under way`;
      chronicle.violate('one start', what, start.runId);
    }
  }
}

/** Whether an attempt is rightfully under way: its action works and its instance holds its lock. */
export function isRunning({ data }: World, { isOver, signal, process, owner }: Start): boolean {
  if (isOver || signal.aborted || process.isDead || owner === null) return false;
  const lock = data.locks.get(`instance/${owner}`);
  return lock !== undefined && lock.owner === owner && lock.expiresAt > data.now();
}
