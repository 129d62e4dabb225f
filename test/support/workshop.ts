import { TaskHandler } from '../../src/integrations/handler/task-handler.js';
import type { HandlerContext } from '../../src/integrations/handler/handler-registry.js';

/** One call of a handler, which the test ends. */
export interface Call {
  /** The label of the instance that made it. */
  instance: string;
  /** When it was made, by the world's clock (epoch ms). */
  at: number;
  context: HandlerContext;
  succeed(output?: unknown): void;
  fail(error: Error): void;
}

/** The immediate answer to a call; undefined leaves it to the test. */
export type Answering = (call: Call) => Promise<unknown> | undefined;

export const atOnce: Answering = () => Promise.resolve(null);
export const byHand: Answering = () => undefined;

/** Where the handlers of all instances work: it records their calls and ends them as the test decides. */
export class Workshop {
  readonly calls: Call[] = [];
  answering: Answering = atOnce;
  /** Whether the handlers go on when they are told to end. */
  isStubborn = false;

  constructor(private readonly now: () => number) {}

  /** The calls of one task. */
  of(taskId: string): Call[] {
    return this.calls.filter(({ context }) => context.run.taskId === taskId);
  }

  last(): Call {
    const call = this.calls.at(-1);
    if (!call) throw new Error('no handler was called');
    return call;
  }

  take(context: HandlerContext, instance: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call: Call = { instance, at: this.now(), context, succeed: resolve, fail: reject };
      this.calls.push(call);
      const { signal } = context;
      if (!this.isStubborn) signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      this.answering(call)?.then(resolve, reject);
    });
  }
}

/** The handlers of one instance. */
export class Worker {
  constructor(
    private readonly workshop: Workshop,
    private readonly instance: string,
  ) {}

  @TaskHandler('work')
  work(context: HandlerContext): Promise<unknown> {
    return this.workshop.take(context, this.instance);
  }
}
