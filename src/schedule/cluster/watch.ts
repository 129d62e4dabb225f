import type { Clock, Timer } from '../../clock/clock.js';
import { Declared } from '../../cluster/declarations.js';
import type { InstanceRegistry } from '../../cluster/instance-registry.js';
import type { Task } from '../../domain/task.js';
import type { Definition } from './definition.js';
import type { Step } from './plan.js';
import type { Reconciler } from './reconciler.js';

/** Time between two looks at the tasks and at who declares them. */
const LOOK_MS = 30_000;

interface WatchOptions {
  /** How long no living instance may declare a task before it is deleted; null: it never is. */
  retireAfterMs: number | null;
  /** Is told each task of the application, at each look. */
  onTask: (task: Task) => void;
  /** Is told what a look changed in the store. */
  onDone: (what: string) => void;
  onError: (error: unknown) => void;
}

/**
 * Goes on comparing the store with the code while the process lives. What another instance declares counts while that
 * instance lives: a task is given back an older declaration when nobody declares the newer one at two looks in a row, and
 * deleted when nobody has declared it for some time.
 */
export class Watch {
  private timer: Timer | null = null;
  private looking: Promise<void> = Promise.resolve();
  private stopped = false;
  /** The tasks whose newer declaration nobody declared at the last look. */
  private abandoned = new Set<string>();
  /** Since when nobody declares a task, by monotonic time. */
  private undeclared = new Map<string, number>();

  constructor(
    private readonly definitions: readonly Definition[],
    private readonly reconciler: Reconciler,
    private readonly instances: InstanceRegistry,
    private readonly clock: Clock,
    private readonly options: WatchOptions,
  ) {}

  start(): void {
    this.timer = this.clock.routinely(LOOK_MS, () => {
      this.looking = this.look()
        .catch(this.options.onError)
        .finally(() => {
          if (!this.stopped) this.start();
        });
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.looking;
  }

  private async look(): Promise<void> {
    const [stored, declared] = await Promise.all([this.reconciler.stored(), this.declared()]);
    for (const task of stored.values()) this.options.onTask(task);
    const steps = this.reconciler.steps(this.definitions, stored, (task, digest) => declared.has(task.id, digest));
    await this.mend(steps);
    const own = new Set(steps.flatMap((step) => ('task' in step ? [step.task.id] : [])));
    await this.retire([...stored.values()].filter(({ id }) => !own.has(id) && !declared.has(id)));
  }

  private async declared(): Promise<Declared> {
    const instances = await this.instances.list();
    return new Declared(instances.flatMap(({ alive, declares }) => (alive ? (declares ?? []) : [])));
  }

  /** Also creates anew what somebody deleted. */
  private async mend(steps: readonly Step[]): Promise<void> {
    const due = new Set<string>();
    for (const step of steps) {
      const { act, definition } = step;
      if (this.stopped || act === 'keep' || act === 'wait') continue;
      due.add(definition.key);
      if (!this.abandoned.has(definition.key)) continue;
      this.options.onTask(await this.reconciler.apply(step, false));
      this.options.onDone(`${definition.name} is as this code declares it again`);
    }
    this.abandoned = due;
  }

  private async retire(gone: readonly Task[]): Promise<void> {
    const { retireAfterMs } = this.options;
    if (retireAfterMs === null) return;
    const now = this.clock.monotonic();
    this.undeclared = new Map(gone.map(({ id }) => [id, this.undeclared.get(id) ?? now]));
    for (const task of gone) {
      if (this.stopped || now - this.undeclared.get(task.id)! < retireAfterMs) continue;
      await this.reconciler.retire(task);
      this.options.onDone(`${task.definition.name} is deleted, as no living instance has its code`);
    }
  }
}
