import { createRequire } from 'node:module';
import { Duplex } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { repairDriver } from './driver-repair.js';

interface Connection {
  command(namespace: object, command: object, options: object): Promise<unknown>;
}

const fromMongoose = createRequire(createRequire(import.meta.url).resolve('mongoose'));
const { Connection } = fromMongoose('mongodb/lib/cmap/connection.js') as {
  Connection: new (socket: Duplex, options: object) => Connection;
};
const { ns } = fromMongoose('mongodb/lib/utils.js') as { ns: (name: string) => object };

/** A socket to a server that reads nothing. */
class StalledSocket extends Duplex {
  constructor() {
    super({ writableHighWaterMark: 1 });
  }

  setTimeout(): void {}
  override _read(): void {}
  override _write(): void {}
}

const command = (socket: Duplex) =>
  new Connection(socket, { id: 1, generation: 0, monitorCommands: false }).command(ns('admin.$cmd'), { ping: 1 }, {});

describe('a command of the repaired driver', () => {
  it('fails when its connection closes while it is being written', async () => {
    expect(repairDriver()).toBe(true);
    const socket = new StalledSocket();
    const sent = command(socket);
    socket.destroy();
    await expect(sent).rejects.toThrow('connection 1 to');
  });

  it('fails when its socket was closed just before, and the connection has not heard of it', async () => {
    expect(repairDriver()).toBe(true);
    const socket = new StalledSocket();
    socket.destroy();
    await expect(command(socket)).rejects.toThrow('connection 1 to');
  });
});
