import { isEventTrigger } from '../../../src/domain/event.js';
import { isFinished, type Run } from '../../../src/domain/run.js';
import type { Task } from '../../../src/domain/task.js';
import type { EventTrigger } from '../../../src/domain/trigger.js';
import { isRefusal } from '../../../src/events/former-starts.js';
import { MAX_CHAIN_LENGTH } from '../../../src/integrations/chained-id.js';
import type { Observer } from '../world/chronicle.js';
import type { Call } from '../world/store-path.js';
import type { World } from '../world/world.js';

/** For how long before the end nothing is judged that may yet follow (ms). */
const LATEST_MS = 2500;

/** The end of a run as the store has it. */
interface End {
  /** When the write was sent, in true time: what it tells of is decided before. */
  sentAt: number;
  /** When it was stored, in true time. */
  at: number;
}

/**
 * Chains: each end of a run starts each task that waits for it once, none starts without an end, none follows the end of what
 * was refused, and neither the length of a chain nor all that follows from an end goes beyond its bound.
 */
export class Chains implements Observer {
  private readonly ends = new Map<string, End>();
  /** When each task was stored as it is now, in true time. */
  private readonly since = new Map<string, { task: Task; at: number }>();
  /** The run of each task and end. */
  private readonly children = new Map<string, string>();
  /** The run whose end began the chain that each run belongs to, and how many ends are between them. */
  private readonly roots = new Map<string, { root: string; length: number }>();
  private readonly followers = new Map<string, number>();

  constructor(private readonly world: World) {}

  applied({ port, method, parts, sentAt }: Call, result: unknown): void {
    if (port === 'runs' && method === 'update')
      for (const id of result as Set<string>) this.note(this.world.data.runs.get(id)!, sentAt);
    if (port === 'runs' && method === 'insert')
      for (const run of parts[0] as Run[]) if (!(result as Set<string>).has(run.id)) this.inserted(run, sentAt);
    if (port === 'tasks') this.learn();
  }

  /** `until`: what follows from ends before it is there (true time). */
  atTheEnd(until: number): void {
    this.learn();
    for (const [runId, end] of this.ends) {
      const run = this.world.data.runs.get(runId);
      if (!run || isRefusal(run) || end.at > until - LATEST_MS) continue;
      for (const { task, at } of this.since.values())
        if (at < end.sentAt && this.waitsFor(task, run) && !this.children.has(`${task.id} ${runId}`))
          this.violate(`the end of run ${runId} (${run.state}) never started the task ${task.id}`, task.id, runId);
    }
  }

  private inserted(run: Run, sentAt: number): void {
    const parentId = run.retryOf === null ? parentOf(run) : null;
    if (parentId !== null) this.follows(run, parentId);
    this.note(run, sentAt);
  }

  private follows(run: Run, parentId: string): void {
    const { id, taskId, event } = run;
    const parent = this.world.data.runs.get(parentId);
    if (!parent || event!.type !== `run.${parent.state}`)
      return this.violate(`the run ${id} follows an end of run ${parentId} that was not (${event!.type})`, taskId, id);
    if (isRefusal(parent)) this.violate(`the run ${id} follows run ${parentId}, which was refused`, taskId, id);
    const key = `${taskId} ${parentId}`;
    const known = this.children.get(key) ?? id;
    if (known !== id) this.violate(`the end of run ${parentId} has started ${known} and ${id}`, taskId, id);
    this.children.set(key, known);
    const { root, length } = this.roots.get(parentId) ?? { root: parentId, length: 0 };
    this.roots.set(id, { root, length: length + 1 });
    if (isRefusal(run)) return;
    if (length + 1 > MAX_CHAIN_LENGTH) this.violate(`the run ${id} is number ${length + 1} of its chain`, taskId, id);
    const count = (this.followers.get(root) ?? 0) + 1;
    this.followers.set(root, count);
    if (count > this.world.settings.eventDescendants)
      this.violate(`${count} runs follow from the end of run ${root}`, taskId, root, id);
  }

  private note({ id, state }: Run, sentAt: number): void {
    if (isFinished(state) && !this.ends.has(id)) this.ends.set(id, { sentAt, at: this.world.timeline.now });
  }

  /** Whether the task, as it is now, waits for the end of the run: judged by what the simulated users ask for. */
  private waitsFor(task: Task, run: Run): boolean {
    const parent = this.since.get(run.taskId)?.task;
    if (!parent || task.state !== 'active' || task.createdAt > (run.finishedAt ?? 0)) return false;
    return task.definition.triggers
      .filter(isEventTrigger)
      .some((trigger) => trigger.event === `run.${run.state}` && fits(trigger, parent));
  }

  private learn(): void {
    const { data, timeline } = this.world;
    for (const task of data.tasks.values()) {
      const known = this.since.get(task.id)?.task;
      const isSame = known?.generation === task.generation && known.state === task.state;
      if (!isSame) this.since.set(task.id, { task, at: timeline.now });
    }
    for (const id of this.since.keys()) if (!data.tasks.has(id)) this.since.delete(id);
  }

  private violate(what: string, ...about: string[]): void {
    this.world.chronicle.violate('chains', what, ...about);
  }
}

function parentOf({ event }: Run): string | null {
  const data = event?.type.startsWith('run.') ? event.data : null;
  return data !== null && typeof data === 'object' && 'runId' in data ? (data['runId'] as string) : null;
}

/** By the filters that simulated users give: the id of a task, or a tag. */
function fits({ filter = {} }: EventTrigger, { id, definition }: Task): boolean {
  const { 'data.taskId': taskId, 'data.tags': tag } = filter;
  return taskId === undefined ? definition.tags.includes(tag as string) : taskId === id;
}
