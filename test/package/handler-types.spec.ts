import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  TaskHandler,
  type HandlerContext,
  type HandlerOf,
  type Json,
  type ParameterSchema,
  type Run,
  type Task,
  type TaskInput,
  type TaskScheduler,
} from '../../src/index.js';

interface InvoiceParameters {
  customer: string;
  copies?: number;
}

const schema: ParameterSchema<InvoiceParameters> = {
  '~standard': { validate: (value) => ({ value: value as InvoiceParameters }) },
};

@Injectable()
class Invoices {
  @TaskHandler('types/invoice', { parameters: schema })
  async send({ parameters: { customer } }: HandlerContext<InvoiceParameters>): Promise<{ sent: number }> {
    return Promise.resolve({ sent: customer.length });
  }

  // @ts-expect-error: the schema makes other parameters
  @TaskHandler('types/invoice', { parameters: schema })
  other({ parameters }: HandlerContext<{ customer: number }>): Promise<{ sent: number }> {
    return Promise.resolve({ sent: parameters.customer });
  }

  // @ts-expect-error: the handler of this name returns something else
  @TaskHandler('types/invoice', { parameters: schema })
  another({ parameters }: HandlerContext<InvoiceParameters>): string {
    return parameters.customer;
  }

  @TaskHandler('types/report')
  report({ parameters }: HandlerContext<{ pages: number }>): void {
    expect(parameters.pages).toBeDefined();
  }

  @TaskHandler('types/anything')
  anything({ parameters }: HandlerContext): unknown {
    return parameters['whatever'];
  }
}

declare module '../../src/integrations/handler/task-handlers.js' {
  interface TaskHandlers {
    'types/invoice': HandlerOf<Invoices['send']>;
    'types/report': { parameters: { pages: number } };
    'types/cleanup': { parameters: { days?: number }; output: void };
  }
}

/** Never called: the compiler checks it. */
export async function check(scheduler: TaskScheduler, input: TaskInput): Promise<void> {
  const rest = { name: 'x', triggers: [{ type: 'manual' as const }] };
  const invoice = { type: 'handler', name: 'types/invoice' } as const;

  const task = await scheduler.schedule({ ...rest, action: invoice, parameters: { customer: 'acme' } });
  const asTask: Task = task;
  await scheduler.schedule({ ...rest, action: { type: 'handler', name: 'types/invoice' }, parameters: { customer: 'a', copies: 2 } }); // prettier-ignore
  // @ts-expect-error: the handler needs a customer
  await scheduler.schedule({ ...rest, action: invoice });
  // @ts-expect-error: a customer is text
  await scheduler.schedule({ ...rest, action: invoice, parameters: { customer: 1 } });
  // @ts-expect-error: there is no such parameter
  await scheduler.schedule({ ...rest, action: invoice, parameters: { customer: 'acme', color: 'red' } });
  // @ts-expect-error: pages are a number
  await scheduler.schedule({ ...rest, action: { type: 'handler', name: 'types/report' }, parameters: { pages: '1' } });

  await scheduler.schedule({ ...rest, action: { type: 'handler', name: 'types/cleanup' } });
  await scheduler.schedule({ ...rest, action: { type: 'handler', name: 'of another application' }, parameters: { a: [1] } }); // prettier-ignore
  await scheduler.schedule({ ...rest, action: { type: 'noop' }, parameters: { a: 1 } });
  await scheduler.schedule(input);
  // @ts-expect-error: a task has a trigger
  await scheduler.schedule({ name: 'x', action: invoice, parameters: { customer: 'acme' } });

  const report = { type: 'handler', name: 'types/report' } as const;
  const many = [input, input];
  await scheduler.scheduleMany(many);
  await scheduler.scheduleMany([
    { ...rest, action: invoice, parameters: { customer: 'acme' } },
    { ...rest, action: report, parameters: { pages: 1 } },
    { ...rest, action: { type: 'noop' } },
  ]);
  await scheduler.scheduleMany([
    { ...rest, action: invoice, parameters: { customer: 'acme' } },
    // @ts-expect-error: pages are a number
    { ...rest, action: report, parameters: { pages: '1' } },
  ]);

  const run = await scheduler.runNow(task, { parameters: { customer: 'umbrella' } });
  await scheduler.runNow(task);
  // @ts-expect-error: the task has another handler
  await scheduler.runNow(task, { parameters: { pages: 1 } });
  await scheduler.runNow(asTask, { parameters: { anything: 1 } });
  await scheduler.runNow<'types/invoice'>(task.id, { parameters: { customer: 'acme' } });
  // @ts-expect-error: a customer is text
  await scheduler.runNow<'types/invoice'>(task.id, { parameters: { customer: 1 } });
  await scheduler.runNow(task.id, { parameters: { anything: 1 } });

  const { output } = await scheduler.result(run, { timeoutMs: 1000 });
  const sent: number = output.sent;
  // @ts-expect-error: the output has no such member
  void output.color;
  const plain: Json = (await scheduler.result(run.id)).output;
  const asRun: Run = await scheduler.result(run.id);
  const nothing: null = (await scheduler.result<'types/cleanup'>(run.id)).output;
  void [asTask, sent, plain, asRun, nothing];
}

describe('the types of handlers', () => {
  it('are checked by the compiler', () => {
    expect([check, Invoices].map((each) => typeof each)).toEqual(['function', 'function']);
  });
});
