import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy in front of a MongoDB server that can lose an answer. */
export interface LossyProxy {
  port: number;
  /** Breaks the connection at the next answer to this command, after the server has carried it out. */
  loseAnswerTo(command: string): void;
  /** How many answers were lost. */
  lost(): number;
  close(): Promise<void>;
}

/** Where the command's name begins in a message: after the header, the flags, the section's kind and the first type. */
const NAME_AT = 26;
const commandIn = (message: Buffer): string => message.toString('latin1', NAME_AT, message.indexOf(0, NAME_AT));

/** Listens on port `at` (by default any free one) and passes everything on to the server. */
export async function lossyProxyTo(host: string, port: number, at = 0): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  let doomed: string | null = null;
  let lost = 0;
  const server = createServer((client) => {
    const upstream = connect(port, host);
    let losing = false;
    const end = () => [client, upstream].forEach((socket) => socket.destroy());
    for (const socket of [client, upstream]) sockets.add(socket.on('error', end).on('close', end));
    client.on('data', (message) => {
      if (commandIn(message) === doomed) [losing, doomed] = [true, null];
      upstream.write(message);
    });
    upstream.on('data', (answer) => {
      if (!losing) return client.write(answer);
      lost++;
      return end();
    });
  }).listen(at, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    loseAnswerTo: (command) => {
      doomed = command;
    },
    lost: () => lost,
    close: async () => {
      const closed = once(server.close(), 'close');
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
