import { Injectable } from '@nestjs/common';
import type { Histogram } from 'prom-client';
import { PORT_METHODS } from '../../storage/port-methods.js';
import type { StoreFigures } from '../../storage/store-health.js';
import { StoreMeter, type MeteredCall } from '../../storage/store-meter.js';
import { Metrics } from './metrics.js';
import { StoreReadings } from './store-readings.js';

const LATENCY_BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10];
const BATCH_BUCKETS = [1, 3, 10, 30, 100, 300, 1000, 3000];

const OPERATIONS = Object.entries(PORT_METHODS).flatMap(([port, methods]) =>
  Object.keys(methods).map((method) => `${port}.${method}`),
);

type Labelled = ReturnType<Histogram['labels']>;

/** How fast the store answers, what fails there, how large it is, and how old what is known of it is. */
@Injectable()
export class StoreMetrics {
  private readonly seconds: Histogram<'operation' | 'side'>;
  private readonly items: Histogram<'operation'>;
  /** The histograms with their labels: to look these up at each call would cost more than the rest. */
  private readonly labelled = new Map<string, Labelled>();

  constructor(meter: StoreMeter, readings: StoreReadings, metrics: Metrics) {
    this.seconds = metrics.histogram(
      'store_operation_seconds',
      'How long operations of the store took, by operation and by who asked: the engine or readers.',
      LATENCY_BUCKETS,
      ['operation', 'side'],
    );
    this.items = metrics.histogram(
      'store_batch_items',
      'How many items the engine handed over in one operation of the store.',
      BATCH_BUCKETS,
      ['operation'],
    );
    const errors = metrics.counter(
      'store_errors_total',
      'Operations of the store that failed: because it cannot be used, or otherwise.',
      ['operation', 'kind'],
      OPERATIONS.flatMap((operation) => ['unavailable', 'other'].map((kind) => ({ operation, kind }))),
    );
    meter.onCall((call) => {
      this.observe(call);
      if (call.failure !== null) errors.inc({ operation: call.operation, kind: call.failure });
    });
    this.tellOfReadings(readings, metrics);
  }

  private observe({ operation, side, ms, items }: MeteredCall): void {
    this.cached(operation + side, () => this.seconds.labels({ operation, side })).observe(ms / 1000);
    if (items !== null && side === 'engine')
      this.cached(operation, () => this.items.labels({ operation })).observe(items);
  }

  private cached(key: string, make: () => Labelled): Labelled {
    let found = this.labelled.get(key);
    if (!found) this.labelled.set(key, (found = make()));
    return found;
  }

  private tellOfReadings(readings: StoreReadings, metrics: Metrics): void {
    metrics.readEach(
      'reading_age_seconds',
      'How long ago what comes of the store was asked for that these metrics show, by reading.',
      'reading',
      () => readings.all.flatMap(([name, { ageMs }]) => (ageMs === null ? [] : [[name, ageMs / 1000] as const])),
    );
    metrics.read(
      'versions',
      'How many versions of the program the live instances of the installation have: one, but for the time of an update.',
      () => readings.versions.latest,
    );
    const { store } = readings;
    metrics.read(
      'store_clock_offset_seconds',
      'By how much the clock of the store is ahead of the clock of this machine; none where they are one.',
      () => inSeconds(store.latest?.offsetMs ?? null),
    );
    const file = (): StoreFigures['file'] => store.latest?.file ?? null;
    metrics.read('sqlite_bytes', 'The size of the database file.', () => file()?.bytes ?? null);
    metrics.read(
      'sqlite_free_bytes',
      'What of the database file is free pages: new records fill them, and only a vacuum gives them back.',
      () => file()?.freeBytes ?? null,
    );
    metrics.read(
      'sqlite_wal_bytes',
      'The size of the log of writes beside the database file.',
      () => file()?.walBytes ?? null,
    );
    metrics.read(
      'sqlite_disk_free_bytes',
      'What is free on the disk of the database file.',
      () => file()?.diskFreeBytes ?? null,
    );
  }
}

const inSeconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);
