import { Injectable } from '@nestjs/common';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { Metrics } from './metrics.js';

/** With what a run fails that may raise no further event, and which bound that was. */
const BOUNDS = new Map([
  ['event-descendants-used-up', 'descendants'],
  ['event-chain-too-long', 'chain'],
]);

/** How often the bounds on what one event may start were hit on this instance. */
@Injectable()
export class EventMetrics {
  constructor(events: LifecycleEvents, metrics: Metrics) {
    const bounds = metrics.counter(
      'event_bounds_total',
      'Runs that an event did not start and events that a run did not raise, by the bound that was hit.',
      ['bound'],
      [...BOUNDS.values()].map((bound) => ({ bound })),
    );
    events.on('event.refused', ({ refused }) => bounds.inc({ bound: 'descendants' }, refused));
    events.on('run.finished', ({ run, task }) => {
      if (task.definition.action.type !== 'event') return;
      const bound = BOUNDS.get(run.attempts.at(-1)?.error?.code ?? '');
      if (bound !== undefined) bounds.inc({ bound });
    });
  }
}
