import { Injectable } from '@nestjs/common';
import { LETTER_REASONS } from '../../transports/letter-reason.js';
import { TRANSPORT_NAMES } from '../../domain/routes.js';
import { EVENT_RESULTS } from '../../events/event-outcome.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { Metrics } from './metrics.js';

/** With what a run fails that may raise no further event, and which bound that was. */
const BOUNDS = new Map([
  ['event-descendants-used-up', 'descendants'],
  ['event-chain-too-long', 'chain'],
]);

/** From half a millisecond to ten seconds, in seconds. */
const MATCHING_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10];
const WINDOW_CHANGES = ['opened', 'fired', 'expired', 'abandoned'] as const;

/** What became of events and of their windows on this instance, and of messages that became no events. */
@Injectable()
export class EventMetrics {
  constructor(events: LifecycleEvents, metrics: Metrics) {
    this.countResults(events, metrics);
    this.countBounds(events, metrics);
    const windows = metrics.counter(
      'event_windows_total',
      'Windows of event triggers that began to gather events or that ended: with a run, or without.',
      ['change'],
      WINDOW_CHANGES.map((change) => ({ change })),
    );
    events.on('windows.changed', ({ change, count }) => windows.inc({ change }, count));
    const letters = metrics.counter(
      'dead_letters_total',
      'Messages of brokers that became no events and were put aside, by why.',
      ['transport', 'reason'],
      TRANSPORT_NAMES.flatMap((transport) => LETTER_REASONS.map((reason) => ({ transport, reason }))),
    );
    events.on('dead-letter.kept', (labels) => letters.inc(labels));
  }

  private countResults(events: LifecycleEvents, metrics: Metrics): void {
    const results = metrics.counter(
      'events_total',
      'Events that were taken in or tried again, by what came of them.',
      ['result'],
      EVENT_RESULTS.map((result) => ({ result })),
    );
    const matching = metrics.histogram(
      'event_matching_seconds',
      'How long it took to find the tasks that an event starts, with the conditions of their triggers.',
      MATCHING_BUCKETS,
    );
    events.on('event.dispatched', ({ result, matchMs }) => {
      results.inc({ result });
      if (matchMs !== undefined) matching.observe(matchMs / 1000);
    });
  }

  private countBounds(events: LifecycleEvents, metrics: Metrics): void {
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
