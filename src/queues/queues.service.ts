import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { InstanceRegistry, type KnownInstance } from '../cluster/instance-registry.js';
import { Capability } from '../cluster/instance-work.js';
import { Clock } from '../clock/clock.js';
import type { QueuedRuns, QueuedTasks } from '../domain/queue-counts.js';
import { InvalidInputError } from '../domain/errors.js';
import { faultsOf, within } from '../domain/faults.js';
import { pauseReasonSchema } from '../domain/pause.js';
import { DEFAULT_QUEUE, queueNameSchema } from '../domain/queue.js';
import { QueuePauses, type QueuePause } from '../organizations/queue-pauses.js';
import { RunReads } from '../scheduling/ports/run.reads.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';

/** How many tasks, and how many runs, are counted at most. */
export const MOST_COUNTED = 10_000;
/** How many queues and instances are shown, and how many handlers of an instance. */
const MOST_QUEUES = 200;
const MOST_WORKERS = 100;
const MOST_HANDLERS = 100;

/** A queue of an organization: what waits in it, and who works it. Instants in epoch ms. */
export interface QueueStatus {
  name: string;
  /** How many occurrences and runs are due and have not begun. */
  waiting: number;
  running: number;
  /** How many tasks are due later. */
  upcoming: number;
  /** The first of what waits; null where nothing does. */
  oldest: { dueAt: number; ageMs: number } | null;
  /** The ids of the live instances that work it. */
  workers: string[];
  paused: Omit<QueuePause, 'queue'> | null;
}

/** The queues of an organization by name, and the instances that work them. */
export interface QueueOverview {
  queues: QueueStatus[];
  /** Whether everything was counted: of more than 10,000 tasks or runs the first ones are. */
  complete: boolean;
  instances: { id: string; handlers: readonly string[] }[];
}

/** Shows the queues of an organization, and pauses and resumes them. */
@Injectable()
export class QueuesService {
  constructor(
    private readonly tasks: TaskReads,
    private readonly runs: RunReads,
    private readonly registry: InstanceRegistry,
    private readonly pauses: QueuePauses,
    private readonly clock: Clock,
  ) {}

  /** The queues that have tasks, runs, a pause, or an instance that names them. @throws StoreUnavailableError */
  async overview(organization: string): Promise<QueueOverview> {
    const now = this.clock.now();
    const [tasks, runs, known, pauses] = await Promise.all([
      this.tasks.queues(organization, now, MOST_COUNTED),
      this.runs.queues(organization, now, MOST_COUNTED),
      this.registry.list(),
      this.pauses.list(organization),
    ]);
    const working = known.filter(({ alive, leaving, work }) => alive && !leaving && (work?.works ?? true));
    const workers = working
      .slice(0, MOST_WORKERS)
      .map((instance) => ({ instance, able: new Capability(instance.work) }));
    const of = <Each extends { queue: string }>(all: readonly Each[]) => new Map(all.map((each) => [each.queue, each]));
    const [taskOf, runOf, pauseOf] = [of(tasks), of(runs), of(pauses)];
    const named = workers.flatMap(({ able }) => [...(able.queues ?? [])]);
    const names = new Set([DEFAULT_QUEUE, ...pauseOf.keys(), ...runOf.keys(), ...taskOf.keys(), ...named]);
    const queues = [...names]
      .slice(0, MOST_QUEUES)
      .sort()
      .map((name): QueueStatus => {
        const able = workers.filter((worker) => worker.able.worksQueue(name)).map(({ instance }) => instance.id);
        const pause = this.pauses.whole ?? pauseOf.get(name);
        const paused = pause ? { reason: pause.reason, since: pause.since } : null;
        return { name, ...counts(taskOf.get(name), runOf.get(name), now), workers: able, paused };
      });
    const complete = counted(tasks, runs) && names.size <= MOST_QUEUES;
    return { queues, complete, instances: workers.map(({ instance }) => shown(instance)) };
  }

  /** Lets nothing of the queue start until it resumes. @throws InvalidInputError */
  async pause(organization: string, name: string, reason: string): Promise<QueuePause> {
    demand(queueNameSchema, name, '/name');
    demand(pauseReasonSchema, reason, '/reason');
    return this.pauses.pause(organization, name, reason);
  }

  /** Lets the queue go on with what waits in it. */
  resume(organization: string, name: string): Promise<void> {
    return this.pauses.resume(organization, name);
  }
}

function counts(tasks: QueuedTasks | undefined, runs: QueuedRuns | undefined, now: number) {
  const ofTasks = tasks && tasks.due > 0 ? tasks.oldest : Number.POSITIVE_INFINITY;
  const dueAt = Math.min(ofTasks, runs?.oldest ?? Number.POSITIVE_INFINITY);
  return {
    waiting: (tasks?.due ?? 0) + (runs?.waiting ?? 0),
    running: runs?.running ?? 0,
    upcoming: tasks?.upcoming ?? 0,
    oldest: Number.isFinite(dueAt) ? { dueAt, ageMs: Math.max(0, now - dueAt) } : null,
  };
}

/** @throws InvalidInputError */
function demand(schema: z.ZodType, value: unknown, pointer: string): void {
  const parsed = schema.safeParse(value);
  if (parsed.success) return;
  throw new InvalidInputError(within(pointer, faultsOf(parsed.error)));
}

const counted = (tasks: readonly QueuedTasks[], runs: readonly QueuedRuns[]): boolean =>
  tasks.reduce((sum, { due, upcoming }) => sum + due + upcoming, 0) < MOST_COUNTED &&
  runs.reduce((sum, { waiting, running }) => sum + waiting + running, 0) < MOST_COUNTED;

const shown = ({ id, work }: KnownInstance) => ({ id, handlers: (work?.handlers ?? []).slice(0, MOST_HANDLERS) });
