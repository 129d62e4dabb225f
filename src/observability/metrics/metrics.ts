import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, type LabelValues } from 'prom-client';
import type { Run } from '../../domain/run.js';
import { traceIdOf } from '../../domain/trace-context.js';
import { Tracing } from '../../tracing/tracing.js';
import { openRegistry } from './open-metrics.js';

const PREFIX = 'task_runner_';

/** Values of a metric by the value of its label. */
type ByLabel = Iterable<readonly [value: string, count: number]>;

/** A histogram of what runs do. */
export interface RunHistogram<Label extends string> {
  /** Its series with these labels is there from the start. */
  zero(labels: Record<Label, string>): void;
  observe(run: Pick<Run, 'span'>, labels: Record<Label, string>, value: number): void;
}

/** Seconds since an instant (epoch ms); 0 for none. */
export const secondsSince = (instant: number | null, now: number): number =>
  instant === null ? 0 : Math.max(0, now - instant) / 1000;

/**
 * The metrics of this instance, all of them in docs/metrics.md. None has a label for what tenants make up, since its
 * values are unlimited.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private readonly registers = [this.registry];

  constructor(private readonly tracing: Tracing) {
    collectDefaultMetrics({ register: this.registry });
  }

  /** A counter; its series with these labels begin at 0, so that the first increase is one. */
  counter<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
    first: readonly Record<Label, string>[] = [],
  ): Counter<Label> {
    const { registers } = this;
    const counter = new Counter({ name: PREFIX + name, help, labelNames, registers });
    for (const labels of first) counter.inc(labels as Parameters<typeof counter.inc>[0] & object, 0);
    return counter;
  }

  gauge<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> {
    return new Gauge({ name: PREFIX + name, help, labelNames, registers: this.registers });
  }

  histogram<Label extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly Label[] = [],
  ): Histogram<Label> {
    return new Histogram({ name: PREFIX + name, help, labelNames, buckets: [...buckets], registers: this.registers });
  }

  /** A histogram that tells of its latest values to which run they belong, where somebody traces runs. */
  ofRuns<Label extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly Label[] = [],
  ): RunHistogram<Label> {
    if (!this.tracing.isOn) {
      const plain = this.histogram(name, help, buckets, labelNames);
      return { zero: (labels) => plain.zero(labels), observe: (_run, labels, value) => plain.observe(labels, value) };
    }
    // Exemplars are for registries of OpenMetrics; the other form leaves them out.
    const registers = [openRegistry()];
    const config = { name: PREFIX + name, help, labelNames, buckets: [...buckets], registers };
    const exemplary = new Histogram({ ...config, enableExemplars: true });
    this.registry.registerMetric(exemplary);
    return {
      zero: (labels) => exemplary.zero(labels),
      observe: ({ span }, labels, value) => {
        const exemplar = span === undefined ? {} : { trace_id: traceIdOf({ traceparent: span }) };
        exemplary.observe({ labels, value, exemplarLabels: exemplar as LabelValues<Label> });
      },
    };
  }

  /** A gauge that is read whenever the metrics are; it has no series while `read` returns null. */
  read(name: string, help: string, read: () => number | null): void {
    new Gauge({
      ...{ name: PREFIX + name, help, registers: this.registers },
      collect() {
        const value = read();
        if (value === null) this.remove();
        else this.set(value);
      },
    });
  }

  /** A gauge with one label that is read whenever the metrics are. */
  readEach(name: string, help: string, label: string, read: () => ByLabel): void {
    new Gauge({
      ...{ name: PREFIX + name, help, labelNames: [label], registers: this.registers },
      collect() {
        this.reset();
        for (const [value, count] of read()) this.set({ [label]: value }, count);
      },
    });
  }

  /** A counter that somebody else keeps. */
  counted(name: string, help: string, read: () => number): void {
    new Counter({
      ...{ name: PREFIX + name, help, registers: this.registers },
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  /** A counter with one label that somebody else keeps. */
  countedEach(name: string, help: string, label: string, read: () => ByLabel): void {
    new Counter({
      ...{ name: PREFIX + name, help, labelNames: [label], registers: this.registers },
      collect() {
        this.reset();
        for (const [value, count] of read()) this.inc({ [label]: value }, count);
      },
    });
  }
}
