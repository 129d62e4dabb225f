import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TaskRunnerError } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/json.js';
import type { TaskInput } from '../../domain/task-definition.js';
import type { Task } from '../../domain/task.js';
import type { TaskRunnerOptions } from '../../options.js';
import { TaskRunnerModule } from '../../task-runner.module.js';
import { TaskScheduler } from '../../task-scheduler.js';
import { RefusedError, type Destination, type StoredTask } from './destination.js';

const PAGE = 200;

/** A store of the runner, into which an instance writes that works nothing. */
export class StoreDestination implements Destination {
  private constructor(
    private readonly app: INestApplicationContext,
    private readonly scheduler: TaskScheduler,
  ) {}

  static async open(options: TaskRunnerOptions, organization: string): Promise<StoreDestination> {
    const engine = { ...options.engine, work: false };
    const app = await NestFactory.createApplicationContext(TaskRunnerModule.forRoot({ ...options, engine }), {
      logger: ['warn', 'error'],
      abortOnError: false,
    });
    return new StoreDestination(app, app.get(TaskScheduler).for(organization));
  }

  async *withTag(tag: string): AsyncGenerator<StoredTask> {
    let after: string | undefined;
    for (;;) {
      const page = await this.scheduler.list({ tag }, { limit: PAGE, ...(after !== undefined && { after }) });
      yield* page.map(storedTask);
      if (page.length < PAGE) return;
      after = page.at(-1)!.id;
    }
  }

  async create(input: TaskInput, key: string): Promise<StoredTask> {
    return storedTask(await refusing(this.scheduler.schedule(input, { key })));
  }

  async change(id: string, patch: JsonObject): Promise<void> {
    await refusing(this.scheduler.change(id, patch));
  }

  async pause(id: string, reason: string): Promise<void> {
    await refusing(this.scheduler.pause(id, reason));
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

async function refusing<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof TaskRunnerError && error.code !== 'store-unavailable') throw new RefusedError(error.message);
    throw error;
  }
}

const storedTask = ({ id, state, definition }: Task): StoredTask => ({ id, isPaused: state === 'paused', definition });
