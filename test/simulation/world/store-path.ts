import { StoreUnavailableError } from '../../../src/domain/errors.js';
import { copyOf } from '../../../src/testing/memory/memory-data.js';
import type { SimulatedProcess } from './process.js';
import type { Random } from './random.js';
import type { Timeline } from './timeline.js';
import type { Passage, Weather } from './weather.js';

type Operation = (...parts: unknown[]) => Promise<unknown>;
export type Phase = 'sent' | 'applied' | 'answered';

/** An operation of a process on its store. */
export interface Call {
  process: SimulatedProcess;
  port: string;
  method: string;
  parts: unknown[];
  /** When the process sent it (true time). */
  sentAt: number;
}

/** A listener for operations. */
export interface StoreListener {
  /** The operation has reached a phase; from `applied` on its result is known. */
  onPhase(call: Call, phase: Phase, result?: unknown): void;
}

/** The path from one process to the store. Operations on it are delayed, overtaken, lost, torn and repeated. */
export class StorePath {
  constructor(
    private readonly process: SimulatedProcess,
    private readonly timeline: Timeline,
    private readonly weather: Weather,
    private readonly random: Random,
    private readonly listener: StoreListener,
  ) {}

  /** The port as the process sees it. */
  to<Port extends object>(port: string, store: Port): Port {
    const replaced = new Map<string | symbol, unknown>();
    return new Proxy(store, {
      set: (_, method, operation: unknown) => !!replaced.set(method, operation),
      get: (_, method) => {
        if (replaced.has(method)) return replaced.get(method);
        const operation = (store as Record<string | symbol, unknown>)[method];
        if (typeof operation !== 'function' || typeof method !== 'string') return operation;
        return (...parts: unknown[]) => {
          const sentAt = this.timeline.now;
          const call = { process: this.process, port, method, parts: copyOf(parts), sentAt };
          return this.send(call, operation.bind(store) as Operation);
        };
      },
    });
  }

  private send(call: Call, operation: Operation): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const passage = this.weather.passage(this.process);
      const fail = () => reject(new StoreUnavailableError('The store cannot be reached.'));
      const answer = (act: () => void) =>
        this.process.after(passage.backMs, () => {
          this.listener.onPhase(call, 'answered');
          if (!this.process.isDead) act();
        });
      this.listener.onPhase(call, 'sent');
      if (passage.fate === 'late') answer(fail);
      this.timeline.after(this.delayOf(passage), () => {
        // What a process sends at the moment of its death may arrive or not.
        if (passage.fate === 'lost' || (this.process.isDead && this.random.chance(0.5))) return void answer(fail);
        void this.apply(call, operation, passage).then((result) => {
          if (passage.fate === 'done') answer(() => resolve(result));
          else if (passage.fate !== 'late') answer(fail);
        }, reject);
      });
    });
  }

  private delayOf({ fate, thereMs, backMs }: Passage): number {
    return fate === 'late' ? thereMs + backMs + this.random.exponential(300) : thereMs;
  }

  private async apply(call: Call, operation: Operation, { fate }: Passage): Promise<unknown> {
    const [batch, ...rest] = call.parts;
    const parts =
      fate === 'torn' && Array.isArray(batch) && call.port !== 'locks' ? [this.partOf(batch), ...rest] : call.parts;
    const result = await operation(...parts);
    this.listener.onPhase({ ...call, parts }, 'applied', result);
    return result;
  }

  private partOf(batch: readonly unknown[]): unknown[] {
    return batch.filter(() => this.random.chance(0.5));
  }
}
