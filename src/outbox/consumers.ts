import { Injectable } from '@nestjs/common';
import type { Consumer } from './consumer.js';

/** Everybody who is told of steps. Without any, nothing is stored for them. */
@Injectable()
export class Consumers {
  private readonly known = new Map<string, Consumer>();

  private readonly listeners: (() => void)[] = [];

  get all(): readonly Consumer[] {
    return [...this.known.values()];
  }

  get count(): number {
    return this.known.size;
  }

  /** Calls `listener` when there is one more. */
  onAdded(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** @throws Error when there is another one of this name */
  add(consumer: Consumer): void {
    if (this.known.has(consumer.name)) throw new Error(`There are two consumers with the name ${consumer.name}.`);
    this.known.set(consumer.name, consumer);
    for (const listener of this.listeners) listener();
  }
}
