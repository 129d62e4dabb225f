import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import type { LogChunk } from '../execution-log/log.store.js';

/** What the engine tells, after it is durable, and to whom it may matter. */
export interface LifecycleEventMap {
  /**
   * A task was created, changed, paused, resumed or deleted (`task` as it is now, or was when it was deleted).
   * With the cause `failures` the engine paused it, because its runs kept failing.
   */
  'task.changed': {
    change: 'created' | 'changed' | 'paused' | 'resumed' | 'completed' | 'deleted';
    task: Task;
    cause?: 'failures';
  };
  /**
   * Something of a task should have begun at `since` (epoch ms) and has not, or that is over: found by a look into the
   * store, once for each such stretch, by one of the instances.
   */
  'task.overdue': { change: 'overdue' | 'recovered'; task: Task; since: number; lateMs: number };
  /** An attempt of a run has started, `latenessMs` after its due instant. */
  'run.started': { run: Run; task: Task; latenessMs: number };
  /** An attempt failed and another one follows at `run.dueAt`. */
  'run.retrying': { run: Run; task: Task };
  /** A run has come to its end. */
  'run.finished': { run: Run; task: Task };
  /** Entries of a run's log are stored. */
  'log.appended': { chunk: LogChunk };
}

export type LifecycleEventName = keyof LifecycleEventMap;

/**
 * The engine's own emitter. Listeners are told in order and never hold up or break what they are told of: what they
 * throw goes to `onListenerError`. A host application's emitter is another one.
 */
@Injectable()
export class LifecycleEvents {
  private readonly emitter = new EventEmitter2({ wildcard: false, maxListeners: 0 });

  /** Where a listener's error goes. */
  onListenerError: (name: LifecycleEventName, error: unknown) => void = () => undefined;

  /** Calls `listener` for each such event; the returned function takes it away again. */
  on<Name extends LifecycleEventName>(name: Name, listener: (event: LifecycleEventMap[Name]) => unknown): () => void {
    const safe = (event: LifecycleEventMap[Name]) => {
      try {
        const result = listener(event);
        if (result instanceof Promise) result.catch((error: unknown) => this.onListenerError(name, error));
      } catch (error) {
        this.onListenerError(name, error);
      }
    };
    this.emitter.on(name, safe);
    return () => void this.emitter.off(name, safe);
  }

  emit<Name extends LifecycleEventName>(name: Name, event: LifecycleEventMap[Name]): void {
    this.emitter.emit(name, event);
  }

  /** Resolves with the next such event that `accepts` takes. */
  next<Name extends LifecycleEventName>(
    name: Name,
    accepts: (event: LifecycleEventMap[Name]) => boolean = () => true,
  ): Promise<LifecycleEventMap[Name]> {
    return new Promise((resolve) => {
      const off = this.on(name, (event) => {
        if (!accepts(event)) return;
        off();
        resolve(event);
      });
    });
  }
}
