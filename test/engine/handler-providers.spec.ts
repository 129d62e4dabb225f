import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Inject, Injectable, Module, Scope, type ModuleMetadata } from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { z } from 'zod';
import {
  LifecycleEvents,
  SettingsError,
  TaskHandler,
  TaskRunnerModule,
  TaskScheduler,
  type HandlerContext,
} from '../../src/index.js';

@Injectable()
class Greeting {
  readonly text = 'hello';
}

abstract class Base {
  constructor(protected readonly greeting: Greeting) {}

  @TaskHandler('inherited')
  inherited(): string {
    return `${this.greeting.text} from ${this.constructor.name}`;
  }
}

@Injectable()
class Derived extends Base {
  constructor(greeting: Greeting) {
    super(greeting);
  }
}

let made = 0;

@Injectable({ scope: Scope.REQUEST })
class OfRequest {
  private readonly number = ++made;

  constructor(
    private readonly greeting: Greeting,
    @Inject(REQUEST) private readonly request: HandlerContext,
  ) {}

  @TaskHandler('request')
  call({ run }: HandlerContext): unknown {
    return { text: this.greeting.text, number: this.number, isOwnRun: this.request.run.id === run.id };
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class Transient {
  private readonly number = ++made;

  constructor(private readonly greeting: Greeting) {}

  @TaskHandler('transient')
  call(): unknown {
    return { text: this.greeting.text, number: this.number };
  }
}

/** A singleton by its own scope, but not by what it needs. */
@Injectable()
class NeedsRequest {
  constructor(private readonly other: OfRequest) {}

  @TaskHandler('needs-request')
  call(context: HandlerContext): unknown {
    return this.other.call(context);
  }
}

@Controller()
class Greeter {
  constructor(private readonly greeting: Greeting) {}

  @TaskHandler('controller')
  call(): string {
    return this.greeting.text;
  }
}

@Injectable()
class Typed {
  @TaskHandler('typed', { parameters: z.strictObject({ pages: z.int() }) })
  call({ parameters }: HandlerContext<{ pages: number }>): number {
    return parameters.pages + 1;
  }
}

let folder: string;
beforeEach(async () => {
  made = 0;
  folder = await mkdtemp(join(tmpdir(), 'handlers-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function booted({ imports = [], ...metadata }: ModuleMetadata) {
  const runner = TaskRunnerModule.forRoot({ storeUrl: `file:${join(folder, 'tasks.db')}`, durability: 'relaxed' });
  @Module({ ...metadata, imports: [runner, ...imports] })
  class Host {}
  const app = await NestFactory.createApplicationContext(Host, { logger: false, abortOnError: false });
  const scheduler = app.get(TaskScheduler);
  const events = app.get(LifecycleEvents, { strict: false });
  return {
    app,
    scheduler,
    async outputOf(name: string, parameters = {}): Promise<unknown> {
      const action = { type: 'handler', name } as const;
      const { id } = await scheduler.schedule({ name, triggers: [{ type: 'manual' }], action, parameters });
      const finished = events.next('run.finished');
      await scheduler.runNow(id);
      const { run } = await finished;
      return run.output ?? run.attempts.at(-1)?.error;
    },
  };
}

describe('handlers', () => {
  it('are found in every kind of provider, and get what the provider needs', async () => {
    const providers = [Greeting, Derived, OfRequest, Transient, NeedsRequest];
    const { app, outputOf } = await booted({ providers, controllers: [Greeter] });
    try {
      expect(await outputOf('inherited')).toBe('hello from Derived');
      expect(await outputOf('controller')).toBe('hello');
      const first = (await outputOf('request')) as { number: number };
      expect(first).toEqual({ text: 'hello', number: expect.any(Number), isOwnRun: true });
      expect(await outputOf('request')).toMatchObject({ number: first.number + 1, isOwnRun: true });
      expect(await outputOf('needs-request')).toMatchObject({ text: 'hello', isOwnRun: true });
      const transient = (await outputOf('transient')) as { number: number };
      expect(transient).toMatchObject({ text: 'hello' });
      expect(await outputOf('transient')).not.toEqual(transient);
    } finally {
      await app.close();
    }
  });

  it('of a class that stands in two modules are one', async () => {
    const providers = [Greeting, Derived];
    @Module({ providers })
    class First {}
    @Module({ providers })
    class Second {}
    const { app, outputOf } = await booted({ imports: [First, Second] });
    try {
      expect(await outputOf('inherited')).toBe('hello from Derived');
    } finally {
      await app.close();
    }
  });

  it('of one name in two classes are refused, with both places', async () => {
    @Injectable()
    class Other {
      @TaskHandler('inherited')
      other(): void {}
    }
    const failure = await booted({ providers: [Greeting, Derived, Other] }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SettingsError);
    expect(String(failure)).toMatch(
      /"inherited" already \((Derived.inherited and Other.other|Other.other and Derived.inherited)\)/,
    );
  });

  it('may say what their parameters must be, which holds when a task is scheduled and changed', async () => {
    const { app, scheduler, outputOf } = await booted({ providers: [Typed] });
    try {
      expect(await outputOf('typed', { pages: 2 })).toBe(3);
      await expect(outputOf('typed', { pages: 'two' })).rejects.toMatchObject({
        faults: [{ pointer: '/parameters/pages', detail: expect.any(String) }],
      });
      const [task] = await scheduler.list();
      const change = scheduler.change(task!.id, { parameters: { pages: null } });
      await expect(change).rejects.toMatchObject({ faults: [{ pointer: '/parameters/pages' }] });
    } finally {
      await app.close();
    }
  });
});
