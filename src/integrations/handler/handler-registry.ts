import { Injectable } from '@nestjs/common';
import { SettingsError } from '../../domain/errors.js';
import type { ReceivedEvent } from '../../domain/event.js';
import type { JsonObject } from '../../domain/json.js';
import type { RunTrigger } from '../../domain/run.js';
import type { LogLevel } from '../../execution-log/log.store.js';
import type { ParameterSchema } from './parameter-schema.js';

/** The input of a handler: one attempt of one run. */
export interface HandlerContext<Parameters extends object = JsonObject> {
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
  /** 1 for the first attempt. */
  attempt: number;
  /** The nominal time. */
  scheduledFor: Date;
  /** How long after it was due the run first started, in milliseconds. */
  latenessMs: number;
  /**
   * Greater, as text, for each later attempt of the run: whoever keeps the greatest that it has seen can refuse an
   * attempt that has been replaced.
   */
  fencingToken: string;
  parameters: Parameters;
  /** In plain text; they are masked in everything that the handler logs, returns and throws. */
  secrets: Readonly<Record<string, string>>;
  /** The event that started the run, if any. */
  event: ReceivedEvent | null;
  /** Fires when the attempt must end. */
  signal: AbortSignal;
  /** Adds an entry to the run's log. */
  log(level: LogLevel, message: string, data?: JsonObject): void;
  /** Tells the run's log how far the work is, in percent; a repeated one is left out. Counts as a heartbeat. */
  progress(percent: number, message?: string): void;
  /** Tells that the handler is alive. Throws the reason of `signal` when the attempt must end. */
  heartbeat(): void;
}

/**
 * The function that a task with a handler action calls. Its return value becomes the run's output, if JSON can
 * represent it.
 */
export type TaskHandlerFunction = (context: HandlerContext) => unknown;

/** What else is known of a handler. */
export interface HandlerTraits {
  /** Where it is declared, for messages, as in `Reports.build`. */
  source?: string;
  parameters?: ParameterSchema;
  heartbeatTimeoutMs?: number;
  /** How many of its calls may be under way at a time in this process; without a limit of its own when not given. */
  concurrency?: number;
}

interface Registered extends HandlerTraits {
  call: TaskHandlerFunction;
}

/** How many bytes the names of all handlers may have: each instance tells them to the others with each heartbeat. */
const MOST_NAME_BYTES = 32_768;

/** The handlers of this process, by name. */
@Injectable()
export class HandlerRegistry {
  private readonly handlers = new Map<string, Registered>();
  private nameBytes = 0;
  private changes = 0;
  /** How many handlers have a limit of their own. */
  private limited = 0;

  /** How often a handler was added or taken away. */
  get version(): number {
    return this.changes;
  }

  /** Whether any handler has a limit of its own for its calls. */
  get limitsAny(): boolean {
    return this.limited > 0;
  }

  names(): string[] {
    return [...this.handlers.keys()];
  }

  /** Adds a handler. @throws SettingsError when the name is taken, or when there are more names than others can be told */
  register(name: string, call: TaskHandlerFunction, traits: HandlerTraits = {}): void {
    const other = this.handlers.get(name);
    if (other) {
      const places = [other.source, traits.source].filter((source) => source !== undefined);
      const where = places.length > 0 ? ` (${places.join(' and ')})` : '';
      throw new SettingsError(`There is a task handler ${JSON.stringify(name)} already${where}.`);
    }
    const bytes = Buffer.byteLength(name);
    if (this.nameBytes + bytes > MOST_NAME_BYTES) {
      throw new SettingsError(
        `The names of all task handlers may have ${MOST_NAME_BYTES} bytes, and ${JSON.stringify(name)} exceeds that.`,
      );
    }
    this.nameBytes += bytes;
    this.changes++;
    if (traits.concurrency !== undefined) this.limited++;
    this.handlers.set(name, { ...traits, call });
  }

  /** Takes a handler away: from now on its tasks are left to other instances. */
  unregister(name: string): void {
    if (this.handlers.get(name)?.concurrency !== undefined) this.limited--;
    if (!this.handlers.delete(name)) return;
    this.nameBytes -= Buffer.byteLength(name);
    this.changes++;
  }

  get(name: string): TaskHandlerFunction | undefined {
    return this.handlers.get(name)?.call;
  }

  traitsOf(name: string): HandlerTraits | undefined {
    return this.handlers.get(name);
  }
}
