import { StoreUnavailableError } from '../../src/domain/errors.js';

type Operation = (...parts: unknown[]) => Promise<unknown>;
/** May delay an operation or make it fail before it reaches the store. */
export type Obstacle = (method: string, parts: unknown[]) => Promise<void> | void;

/**
 * Stands between an instance and its store: counts the operations under way, can make them fail, and can cut the store
 * off for good.
 */
export class StoreGate {
  private underWay = 0;
  private cut = false;
  private readonly watchers: (() => void)[] = [];
  private readonly obstacles = new Set<Obstacle>();

  /** Puts the gate in front of these operations of a port. */
  guard<Port extends object>(port: Port, names: readonly (keyof Port & string)[]): void {
    const operations = port as unknown as Record<string, Operation>;
    for (const name of names) {
      const original = operations[name]!.bind(port);
      operations[name] = (...parts) => this.pass(name, parts, original);
    }
  }

  get isBusy(): boolean {
    return this.underWay > 0;
  }

  /** Resolves when one of the operations under way has ended. */
  next(): Promise<void> {
    return new Promise((resolve) => this.watchers.push(resolve));
  }

  /** From now on no operation reaches the store or comes back, as in a process that was killed. */
  close(): void {
    this.cut = true;
    this.underWay = 0;
    this.tell();
  }

  /** Calls `obstacle` before each operation; the returned function removes it again. */
  obstruct(obstacle: Obstacle): () => void {
    this.obstacles.add(obstacle);
    return () => void this.obstacles.delete(obstacle);
  }

  /** Makes these operations fail as in an outage, until the returned function is called. */
  fail(...methods: string[]): () => void {
    return this.obstruct((method) => {
      if (methods.includes(method)) throw unreachable();
    });
  }

  /** Makes every operation fail that way. */
  failAll(): () => void {
    return this.obstruct(() => {
      throw unreachable();
    });
  }

  private async pass(name: string, parts: unknown[], original: Operation): Promise<unknown> {
    if (this.cut) return new Promise(() => undefined);
    this.underWay++;
    try {
      for (const obstacle of this.obstacles) await obstacle(name, parts);
      return await this.alive(original(...parts));
    } finally {
      this.underWay--;
      this.tell();
    }
  }

  private tell(): void {
    for (const resolve of this.watchers.splice(0)) resolve();
  }

  private async alive<Result>(operation: Promise<Result>): Promise<Result> {
    const result = await operation;
    return this.cut ? new Promise(() => undefined) : result;
  }
}

const unreachable = () => new StoreUnavailableError('The store cannot be reached.');
