import { Injectable } from '@nestjs/common';
import { Metrics } from './metrics.js';
import { MOST_TASKS, StoreReadings } from './store-readings.js';

/** The number of tasks, as of the last reading. */
@Injectable()
export class TaskMetrics {
  constructor({ tasks }: StoreReadings, metrics: Metrics) {
    metrics.readEach(
      'tasks',
      `Tasks of all organizations, by state, counted up to ${MOST_TASKS} in each.`,
      'state',
      () => Object.entries(tasks.latest ?? {}),
    );
  }
}
