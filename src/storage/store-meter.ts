import { StoreUnavailableError } from '../domain/errors.js';
import type { Clock } from '../clock/clock.js';

/** Who asks the store: the engine, or people over connections of their own. */
export type StoreSide = 'engine' | 'readers';

/** One call of a method of a port that has been answered. */
export interface MeteredCall {
  /** The port and its method, such as `runs.open`. */
  operation: string;
  side: StoreSide;
  /** How many items were handed over at once; null where the method takes no list. */
  items: number | null;
  ms: number;
  /** Null where it succeeded; `unavailable`: the store cannot be used. */
  failure: 'unavailable' | 'other' | null;
}

type Method = (...values: unknown[]) => Promise<unknown>;

/** Tells one listener how long each call of the store took, and what became of it; without one it costs nothing. */
export class StoreMeter {
  private listener: ((call: MeteredCall) => void) | null = null;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** Calls `listener` after each call from now on. */
  onCall(listener: (call: MeteredCall) => void): void {
    this.listener = listener;
  }

  /** The same port, whose `methods` are metered. */
  metered<Port extends object>(name: string, port: Port, methods: object, side: StoreSide): Port {
    const members = port as Record<string, Method>;
    const metered = Object.create(port) as Record<string, Method>;
    for (const method of Object.keys(methods)) {
      const operation = `${name}.${method}`;
      metered[method] = (...values) => {
        if (!this.listener) return members[method]!(...values);
        // What a store does before it answers counts too: on SQLite that may be all of it.
        const begun = this.clock.monotonic();
        const answer = members[method]!(...values);
        this.follow(answer, begun, { operation, side, items: itemsIn(values) });
        return answer;
      };
    }
    return metered as Port;
  }

  private follow(
    answer: Promise<unknown>,
    begun: number,
    call: Pick<MeteredCall, 'operation' | 'side' | 'items'>,
  ): void {
    const tell = (failure: MeteredCall['failure']): void =>
      this.listener?.({ ms: this.clock.monotonic() - begun, failure, ...call });
    answer.then(
      () => tell(null),
      (error: unknown) => tell(error instanceof StoreUnavailableError ? 'unavailable' : 'other'),
    );
  }
}

const itemsIn = ([first]: unknown[]): number | null => (Array.isArray(first) ? first.length : null);
