import { createRequire } from 'node:module';

/** The members of a driver connection used here. They are not part of the driver's public interface. */
interface DriverConnection {
  error: Error | null;
  once(event: 'close', listener: () => void): void;
  off(event: 'close', listener: () => void): void;
  writeCommand: (this: DriverConnection, ...parts: unknown[]) => Promise<void>;
}

const REPAIRED = Symbol.for('scheduled-task-runner.write-ends-with-connection');

/**
 * Makes a command that is being written fail when its connection closes, like a command that waits for its answer.
 *
 * The driver (7.8 and 7.9) waits for its socket to drain, and reacts only to errors. A socket that was closed without
 * an error never drains, whether in the middle of a large batch or between its end and its `close` event, and the
 * command never ends. If it is the check of the server (on servers without the streaming protocol), every later command
 * fails until the process is restarted; if it is a write of the engine, the engine waits for it forever.
 *
 * Patches the driver that mongoose uses, once; does nothing if the driver has another shape. Returns whether it is
 * repaired.
 */
export function repairDriver(): boolean {
  const prototype = connectionPrototype();
  if (typeof prototype?.writeCommand !== 'function') return false;
  if (Object.hasOwn(prototype, REPAIRED)) return true;
  const write = prototype.writeCommand;
  prototype.writeCommand = function (...parts) {
    return new Promise((resolve, reject) => {
      const fail = () => reject(this.error ?? new Error('The connection closed while a command was being written.'));
      this.once('close', fail);
      void write
        .apply(this, parts)
        .then(resolve, reject)
        .finally(() => this.off('close', fail));
    });
  };
  Object.defineProperty(prototype, REPAIRED, { value: true });
  return true;
}

function connectionPrototype(): DriverConnection | undefined {
  try {
    // The driver that mongoose depends on, which may differ from one installed next to this package.
    const fromMongoose = createRequire(createRequire(import.meta.url).resolve('mongoose'));
    const found = fromMongoose('mongodb/lib/cmap/connection.js') as { Connection?: { prototype: DriverConnection } };
    return found.Connection?.prototype;
  } catch {
    return undefined;
  }
}
