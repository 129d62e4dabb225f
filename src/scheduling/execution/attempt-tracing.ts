import { Injectable } from '@nestjs/common';
import type { Run } from '../../domain/run.js';
import { linkedTo } from '../../domain/run-trace.js';
import { isSampled } from '../../domain/trace-context.js';
import type { Task } from '../../domain/task.js';
import { Tracing, type Span } from '../../tracing/tracing.js';
import type { Assignment } from '../holding/assignment.js';
import { errorOf, type AttemptEnd } from '../planning/attempt-end.js';

/** Tells a tracing system of attempts, as of messages that are processed; without one it does nothing. */
@Injectable()
export class AttemptTracing {
  constructor(private readonly tracing: Tracing) {}

  /** Begins the span of an attempt that starts now; the run remembers its place. */
  begin(assignment: Assignment, latenessMs: number): void {
    if (!this.tracing.isOn) return;
    const { run, task } = assignment;
    const span = this.tracing.start({
      ...{
        name: `process ${task.definition.queue}`,
        kind: 'consumer',
        attributes: attributesOf(run, task, latenessMs),
      },
      ...{ parent: run.trace ?? null, links: linkedTo(run) },
    });
    assignment.span = span;
    if (span.trace && isSampled(span.trace)) run.span = span.trace.traceparent;
  }

  /** Does the work of an attempt as a part of its span, which ends with it. */
  around({ span }: Assignment, work: () => Promise<AttemptEnd>): Promise<AttemptEnd> {
    if (!span) return work();
    return span.within(work).then((end) => {
      finish(span, end);
      return end;
    });
  }

  /** Notes on the span of an attempt who ends it from outside. */
  calledBack({ span }: Assignment): void {
    const caller = span && this.tracing.current();
    if (caller) span.link(caller);
  }
}

const attributesOf = (run: Run, { definition }: Task, latenessMs: number) => ({
  'messaging.system': 'scheduled-task-runner',
  'messaging.operation.name': 'process',
  'messaging.operation.type': 'process',
  'messaging.destination.name': definition.queue,
  'messaging.message.id': run.id,
  'task_runner.organization': run.organization,
  'task_runner.task.id': run.taskId,
  'task_runner.task.name': definition.name,
  'task_runner.action': definition.action.type,
  'task_runner.trigger': run.trigger,
  'task_runner.attempt': run.attempt,
  'task_runner.lateness_ms': latenessMs,
});

function finish(span: Span, end: AttemptEnd): void {
  const outcome = { 'task_runner.outcome': end.kind === 'aborted' ? end.abort.kind : end.kind };
  if (end.kind === 'failed') span.end(outcome, end.failure.error.code);
  else if (end.kind === 'aborted') span.end(outcome, errorOf(end.abort).code);
  else span.end(outcome);
}
