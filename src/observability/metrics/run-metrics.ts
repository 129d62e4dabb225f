import { Injectable } from '@nestjs/common';
import { FAILED_STATES, isFinished, RUN_STATES, RUN_TRIGGERS, type Run } from '../../domain/run.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { LEFT_OUT, leftOutReason } from './left-out-reason.js';
import { Metrics } from './metrics.js';

/** From half a millisecond to a minute, in seconds as Prometheus expects. */
const LATENESS_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];
/** From five milliseconds to an hour. */
const DURATION_BUCKETS = [0.005, 0.02, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600];
const ATTEMPT_OUTCOMES = ['succeeded', ...FAILED_STATES, 'cancelled', 'skipped', 'lost'];

const TRIGGERS = RUN_TRIGGERS.map((trigger) => ({ trigger }));
const ENDS = RUN_STATES.filter(isFinished).flatMap((outcome) => TRIGGERS.map((trigger) => ({ outcome, ...trigger })));

/** What becomes of runs and occurrences on this instance. */
@Injectable()
export class RunMetrics {
  constructor(events: LifecycleEvents, metrics: Metrics) {
    this.countStarts(events, metrics);
    this.countEnds(events, metrics);
    const leftOut = metrics.counter(
      'occurrences_left_out_total',
      'Occurrences that got no run when a later one was claimed, by outcome and reason in the ledger.',
      ['outcome', 'reason'],
      LEFT_OUT,
    );
    events.on('occurrences.left-out', ({ entries }) => {
      for (const entry of entries) leftOut.inc({ outcome: entry.outcome, reason: leftOutReason(entry) }, entry.count);
    });
    const paused = metrics.counter(
      'tasks_paused_by_failures_total',
      'Tasks that were paused because their runs kept failing (pauseAfterFailures).',
    );
    events.on('task.changed', ({ change, cause }) => {
      if (change === 'paused' && cause === 'failures') paused.inc();
    });
  }

  private countStarts(events: LifecycleEvents, metrics: Metrics): void {
    const starts = metrics.counter(
      'attempts_started_total',
      'Attempts that started, by the trigger of their run.',
      ['trigger'],
      TRIGGERS,
    );
    const lateness = metrics.ofRuns(
      'start_lateness_seconds',
      'How long after its due instant an attempt started.',
      LATENESS_BUCKETS,
    );
    events.on('run.started', ({ run, latenessMs }) => {
      starts.inc({ trigger: run.trigger });
      lateness.observe(run, {}, Math.max(0, latenessMs) / 1000);
    });
  }

  private countEnds(events: LifecycleEvents, metrics: Metrics): void {
    const ends = metrics.counter(
      'runs_finished_total',
      'Runs that ended, by outcome and by trigger.',
      ['outcome', 'trigger'],
      ENDS,
    );
    const retries = metrics.counter('retries_total', 'Attempts that failed and that another attempt follows.');
    const attempts = metrics.ofRuns(
      'attempt_duration_seconds',
      'How long attempts took, by outcome.',
      DURATION_BUCKETS,
      ['outcome'],
    );
    const durations = metrics.ofRuns(
      'run_duration_seconds',
      'From the first start of a run to its end, with the waits between its attempts.',
      DURATION_BUCKETS,
    );
    for (const outcome of ATTEMPT_OUTCOMES) attempts.zero({ outcome });
    const observe = (run: Run): void => {
      const last = run.attempts.at(-1);
      if (last && last.startedAt !== null)
        attempts.observe(run, { outcome: last.outcome }, Math.max(0, last.finishedAt - last.startedAt) / 1000);
    };
    events.on('run.retrying', ({ run }) => {
      retries.inc();
      observe(run);
    });
    events.on('run.finished', ({ run }) => {
      const { state: outcome, trigger, startedAt, finishedAt } = run;
      ends.inc({ outcome, trigger });
      observe(run);
      if (startedAt !== null && finishedAt !== null)
        durations.observe(run, {}, Math.max(0, finishedAt - startedAt) / 1000);
    });
  }
}
