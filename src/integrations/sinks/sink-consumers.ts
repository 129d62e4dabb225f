import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  isEndStep,
  STEPS,
  type LifecycleMessage,
  type RunMessage,
  type Step,
  type TaskMessage,
} from '../../domain/lifecycle-message.js';
import type { Consumer } from '../../outbox/consumer.js';
import { Consumers } from '../../outbox/consumers.js';
import { auditNotice, noticeOf, runSummary } from './payloads.js';
import { AuditSink, NoSink, Notifier, RunReporter, type Sink } from './sink.js';

const ENDS: readonly Step[] = STEPS.filter(isEndStep);
const FEW = { items: 1, bytes: 1_048_576 };
const MANY = { items: 100, bytes: 1_048_576 };

/** Tells the services of the settings what concerns them. */
@Injectable()
export class SinkConsumers implements OnModuleInit {
  constructor(
    private readonly consumers: Consumers,
    private readonly notifier: Notifier,
    private readonly reporter: RunReporter,
    private readonly audit: AuditSink,
  ) {}

  onModuleInit(): void {
    const concerns = [
      'run.failed',
      'run.timed_out',
      'task.changed',
      'task.overdue',
      'task.recovered',
      'task.missed',
    ] as const;
    this.add('notifier', concerns, {
      ...{ sink: this.notifier, batch: FEW, itemOf: noticeOf },
    });
    this.add('reporter', ENDS, {
      sink: this.reporter,
      batch: MANY,
      itemOf: (message) => runSummary(message as RunMessage),
    });
    this.add('audit', ['task.changed', ...ENDS], {
      ...{ sink: this.audit, batch: MANY, itemOf: (message) => auditNotice(message as RunMessage | TaskMessage) },
    });
  }

  private add<Item>(
    name: string,
    steps: readonly Step[],
    {
      sink,
      batch,
      itemOf,
    }: { sink: Sink<Item>; batch: Consumer['batch']; itemOf: (message: LifecycleMessage) => Item | null },
  ): void {
    if (sink instanceof NoSink) return;
    this.consumers.add({
      ...{ name, batch, steps: new Set(steps) },
      wants: (message) => itemOf(message) !== null,
      deliver: (messages, signal) =>
        sink.deliver(
          messages.flatMap((message) => itemOf(message) ?? []),
          signal,
        ),
    });
  }
}
