import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { OutboxService, type OutboxStatus } from '../outbox/outbox.service.js';
import { RunMetrics } from './run-metrics.js';

type Name = 'delivered' | 'waiting' | 'given_up' | 'lost' | 'failing';
const HELP: Record<Name, string> = {
  delivered: 'How many messages a consumer has got from this instance.',
  waiting: 'How many messages wait for a consumer in the memory of this instance.',
  given_up: 'How many messages this instance has given up because the consumer refused them.',
  lost: 'How many messages of all instances a consumer has not got because they waited too long or were too many.',
  failing: 'Whether a consumer accepts nothing from this instance.',
};

/** What waits for consumers, and what they have got. */
@Injectable()
export class OutboxMetrics {
  constructor(outbox: OutboxService, { registry }: RunMetrics) {
    const of = (name: Name) =>
      new Gauge({
        name: `task_runner_outbox_${name}`,
        help: HELP[name],
        labelNames: ['consumer'],
        registers: [registry],
      });
    const gauges = Object.fromEntries((Object.keys(HELP) as Name[]).map((name) => [name, of(name)]));
    const set = ({ consumers }: OutboxStatus): void => {
      for (const { name: consumer, delivered, waiting, givenUp, lost, trouble } of consumers) {
        const values: Record<Name, number> = { delivered, waiting, given_up: givenUp, lost, failing: trouble ? 1 : 0 };
        for (const [name, value] of Object.entries(values)) gauges[name]!.set({ consumer }, value);
      }
    };
    const oldest = new Gauge({
      name: 'task_runner_outbox_oldest_timestamp_seconds',
      help: 'Since when the oldest message has waited in the store, of all instances; 0 for none.',
      registers: [registry],
    });
    new Gauge({
      name: 'task_runner_outbox_bytes',
      help: 'How many bytes of messages wait in the store, of all instances.',
      registers: [registry],
      async collect() {
        if (!outbox.isOn) return;
        try {
          const status = await outbox.status();
          this.set(status.bytes);
          oldest.set((status.oldest ?? 0) / 1000);
          set(status);
        } catch {
          // Without its store, an instance still shows everything else.
        }
      },
    });
  }
}
