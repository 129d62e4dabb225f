import { Injectable } from '@nestjs/common';
import type { Lack } from '../../cluster/instance-work.js';
import { Clock } from '../../clock/clock.js';
import { OverdueWatch, type OverdueFigures } from '../../overdue/overdue-watch.js';
import { Metrics, secondsSince } from './metrics.js';

const NONE: Record<Lack['kind'], number> = {
  work: 0,
  queue: 0,
  handler: 0,
  action: 0,
  'trigger-type': 0,
  'paused-queue': 0,
};

/** What is overdue in all organizations, by the latest search of the store; none while the store is unavailable. */
@Injectable()
export class OverdueMetrics {
  constructor(watch: OverdueWatch, clock: Clock, metrics: Metrics) {
    metrics.readEach(
      'overdue',
      'Occurrences and runs that should have begun and have not, although nothing is in their way; up to 1000 of each.',
      'kind',
      () =>
        watch.figures
          ? [
              ['occurrence', watch.figures.occurrences],
              ['run', watch.figures.runs],
            ]
          : [],
    );
    metrics.read(
      'overdue_oldest_age_seconds',
      'How long ago the oldest overdue occurrence or run was due; 0 if nothing is overdue.',
      () => watch.figures && secondsSince(watch.figures.since, clock.now()),
    );
    metrics.readEach(
      'tasks_without_worker',
      'Overdue tasks that no live instance can run, by what is missing: a queue, a handler, an action, a trigger type, any instance that works, or that their queue is not paused.',
      'missing',
      () => (watch.figures ? missingIn(watch.figures) : []),
    );
  }
}

function missingIn({ missing }: OverdueFigures): [kind: string, tasks: number][] {
  const counts = { ...NONE };
  for (const { kind, tasks } of missing) counts[kind] += tasks;
  return Object.entries(counts);
}
