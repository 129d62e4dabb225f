import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { LedgerEntry } from '../domain/ledger.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import type { TransportName } from '../domain/routes.js';
import type { EventResult } from '../events/event-outcome.js';
import type { LogChunk } from '../execution-log/log.store.js';
import type { LetterReason } from '../transports/letter-reason.js';

/** The engine's events, emitted once their cause is durable. */
export interface LifecycleEventMap {
  /**
   * A task was created, changed, paused, resumed, completed or deleted (`task` is its present state, or the last one
   * when it was deleted). It is completed when its last run has ended, and that is told once. With the cause
   * `failures`, the engine paused the task because its runs kept failing.
   */
  'task.changed': {
    change: 'created' | 'changed' | 'paused' | 'resumed' | 'completed' | 'deleted';
    task: Task;
    cause?: 'failures';
  };
  /**
   * A start of the task that was due at `since` (epoch ms) is overdue, or no longer overdue. A search of the store
   * finds this; one of the instances reports it, once per overdue period. `missing` says what no instance does that
   * the task needs.
   */
  'task.overdue': {
    change: 'overdue' | 'recovered';
    task: Task;
    since: number;
    lateMs: number;
    missing?: string;
  };
  /** An attempt of a run has started, `latenessMs` after its due instant. */
  'run.started': { run: Run; task: Task; latenessMs: number };
  /** An attempt failed, and another one follows at `run.dueAt`. */
  'run.retrying': { run: Run; task: Task };
  /** A run has ended. */
  'run.finished': { run: Run; task: Task };
  /** Occurrences got no run, as the claim of a later one decided. */
  'occurrences.left-out': { task: Task; entries: readonly LedgerEntry[] };
  /** This instance took over runs of the instance `from`, whose lock had expired; `begun` of them had begun there. */
  'runs.taken-over': { from: string; runs: number; begun: number };
  /** This instance has started, is about to stop and still serves, stops, or has stopped; the sentence tells more. */
  'instance.changed': { change: 'started' | 'draining' | 'leaving' | 'left'; sentence: string };
  /**
   * The store, or the server of the locks, cannot be used any more, for the reason given, or can be again after
   * `lastedMs`; `place` is what and where it is.
   */
  'store.changed': {
    change: 'away' | 'back';
    part: 'store' | 'locks';
    place: string;
    reason: string;
    lastedMs: number;
  };
  /** The disk of the store has little room left, or enough again. */
  'disk.changed': { change: 'low' | 'enough'; freeBytes: number };
  /**
   * The wall clock of this machine was set by `byMs`, negative for back; `unseen` where that was before this instance
   * started, as the store tells it.
   */
  'clock.stepped': { byMs: number; unseen?: boolean };
  /**
   * Due runs began to wait here for a slot, `waiting` in number and refused by the rule `refusal`; or, after `lastedMs`,
   * none waits any more, and `waiting` were the most that did.
   */
  'backlog.changed': { change: 'began' | 'ended'; waiting: number; lastedMs: number; refusal: string };
  /**
   * An event was taken in, or tried again; `result` says what came of it. `matchMs` is how long it took to find the tasks that
   * it starts, where these were looked for.
   */
  'event.dispatched': { organization: string; eventId: string; result: EventResult; matchMs?: number };
  /** Windows of event triggers began to gather events, or ended: with runs, or without since too little came or the trigger is no more. */
  'windows.changed': { change: 'opened' | 'fired' | 'expired' | 'abandoned'; count: number };
  /** An event did not start `refused` of its tasks, because it may start no more runs. */
  'event.refused': { organization: string; eventId: string; refused: number };
  /** A request came in at a webhook source; `reason` says why it was refused, and null that it was accepted. */
  'webhook.received': { kind: string; reason: string | null };
  /** A message of a broker became no event and was put aside. */
  'dead-letter.kept': { transport: TransportName; reason: LetterReason };
  /** Entries of a run's log were stored. */
  'log.appended': { chunk: LogChunk };
}

export type LifecycleEventName = keyof LifecycleEventMap;

/**
 * The engine's own emitter, separate from a host application's. Listeners are called in order and never delay or break
 * what they are told about: their errors go to `onListenerError`.
 */
@Injectable()
export class LifecycleEvents {
  private readonly emitter = new EventEmitter2({ wildcard: false, maxListeners: 0 });

  /** Receives the errors of listeners. */
  onListenerError: (name: LifecycleEventName, error: unknown) => void = () => undefined;

  /** Calls `listener` for each event of this name; the returned function removes it. */
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

  /** Resolves with the next event of this name that `accepts` accepts. */
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
