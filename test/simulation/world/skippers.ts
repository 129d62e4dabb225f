import { BY_SKIP } from '../../../src/domain/skip.js';
import type { Task } from '../../../src/domain/task.js';
import { OccurrenceSkips } from '../../../src/scheduling/tasks/occurrence-skips.js';
import { DEFAULT_ORGANIZATION } from '../../../src/task-scheduler.js';
import { TriggerResolver } from '../../../src/triggers/trigger-resolver.js';
import type { Request } from './chronicle.js';
import type { Random } from './random.js';
import type { World } from './world.js';

/** How long before an occurrence is due it is skipped in most cases, at most (ms): armed, or about to be. */
const LATE_MS = 40;

/** People who skip single occurrences, some of them at the last moment, and put some of them back. */
export class Skippers {
  private readonly random: Random;
  private readonly resolver = new TriggerResolver();

  constructor(private readonly world: World) {
    this.random = world.random.fork('skippers');
  }

  /** Skips occurrences now and then until `end` (epoch ms). */
  begin(end: number): void {
    const { timeline } = this.world;
    timeline.after(this.random.exponential(250), () => {
      if (timeline.now >= end) return;
      this.act();
      this.begin(end);
    });
  }

  private act(): void {
    const { data, timeline } = this.world;
    const tasks = [...data.tasks.values()].filter((task) => this.resolver.knows(task));
    if (tasks.length === 0) return;
    const task = this.random.pick(tasks);
    const skips = task.skips ?? [];
    if (skips.length > 0 && this.random.chance(0.4)) return this.restore(task, this.random.pick(skips).at);
    if (!task.next) return;
    const { scheduledFor, dueAt } = task.next;
    if (this.random.chance(0.3)) {
      const later = this.resolver.timetableOf(task).next(scheduledFor);
      return this.skip(task, later?.at ?? scheduledFor);
    }
    const waitMs = Math.max(0, dueAt - timeline.now - this.random.whole(1, LATE_MS));
    if (waitMs < 5000) timeline.after(waitMs, () => this.skip(task, scheduledFor));
  }

  private skip({ id }: Task, occurrence: number): void {
    this.ask({ kind: 'skip', taskId: id, occurrence }, (skips) =>
      skips.skip(DEFAULT_ORGANIZATION, id, occurrence, `${BY_SKIP}nobody else`),
    );
  }

  private restore({ id }: Task, occurrence: number): void {
    this.ask({ kind: 'restore', taskId: id, occurrence }, (skips) =>
      skips.restore(DEFAULT_ORGANIZATION, id, occurrence),
    );
  }

  private ask(asked: Omit<Request, 'at' | 'answer'>, send: (skips: OccurrenceSkips) => Promise<unknown>): void {
    const { chronicle, timeline } = this.world;
    const instances = this.world.living.filter(({ process }) => !process.isFrozen);
    if (instances.length === 0) return;
    const request: Request = { ...asked, at: timeline.now, answer: null };
    chronicle.request(request);
    send(this.random.pick(instances).assembly.get(OccurrenceSkips)).then(
      (value) => chronicle.answer(request, value ?? null),
      (error: unknown) => chronicle.note('skipper', `is refused ${request.kind}`, String(error)),
    );
  }
}
