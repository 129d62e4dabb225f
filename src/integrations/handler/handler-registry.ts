import { Injectable } from '@nestjs/common';
import type { ReceivedEvent } from '../../domain/event.js';
import type { JsonObject } from '../../domain/json.js';
import type { RunTrigger } from '../../domain/run.js';
import type { LogLevel } from '../../execution-log/log.store.js';

/** What a handler gets to work with: one attempt of one run. */
export interface HandlerContext {
  run: {
    id: string;
    taskId: string;
    /** The nominal time. */
    scheduledFor: Date;
    /** 1 for the first attempt. */
    attempt: number;
    trigger: RunTrigger;
    /** The same for every attempt of the run. */
    idempotencyKey: string;
  };
  parameters: JsonObject;
  /** In the clear; they are masked in what the handler logs, returns and throws. */
  secrets: Readonly<Record<string, string>>;
  /** What started the run, if an event did. */
  event: ReceivedEvent | null;
  /** Fires when the attempt must end. */
  signal: AbortSignal;
  /** Adds an entry to the run's log. */
  log(level: LogLevel, message: string, data?: JsonObject): void;
}

/** What a task with a handler action calls. What it returns becomes the run's output, if JSON can carry it. */
export type TaskHandlerFunction = (context: HandlerContext) => unknown;

/** The handlers of this process by name. */
@Injectable()
export class HandlerRegistry {
  private readonly handlers = new Map<string, TaskHandlerFunction>();

  /** Adds a handler. Throws when there is one of that name. */
  register(name: string, handler: TaskHandlerFunction): void {
    if (this.handlers.has(name)) throw new Error(`There is a task handler ${JSON.stringify(name)} already.`);
    this.handlers.set(name, handler);
  }

  get(name: string): TaskHandlerFunction | undefined {
    return this.handlers.get(name);
  }
}
