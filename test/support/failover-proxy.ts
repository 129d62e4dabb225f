import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { mongo } from 'mongoose';

const { BSON } = mongo;

/** How a server fails: an answer with a code, a connection that breaks before it, or after the work is done. */
export type Failure = number | 'cut' | 'lose';

/** Says how the server fails at a command; null where it does not. */
export type Mood = (command: string, document: mongo.Document) => Failure | null;

/** What a member answers that is the primary no more, ends, or cannot reach another one. */
export const FAILOVER = [6, 7, 89, 91, 189, 262, 9001, 10_107, 11_600, 11_602, 13_435, 13_436];

const OP_MSG = 2013;
const HEADER = 16;
/** Where the document of a command begins: behind the flags and the kind of its section. */
const BODY = HEADER + 5;
/** What the driver asks to learn what the server is; a failover does not keep a member from answering. */
const ABOUT = new Set(['hello', 'ismaster', 'isMaster', 'ping', 'buildInfo', 'endSessions', 'killCursors']);

/** A proxy in front of a MongoDB server that answers in its place, as one does that loses an election. */
export class FailoverProxy {
  /** How often it failed, by the command. */
  readonly failed = new Map<string, number>();
  private readonly sockets = new Set<Socket>();
  private mood: Mood = () => null;

  private constructor(
    readonly port: number,
    private readonly server: ReturnType<typeof createServer>,
  ) {}

  /** Listens on a free port and passes everything on to the server of the address. */
  static async to(uri: string): Promise<FailoverProxy> {
    const { hostname, port } = new URL(uri);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new FailoverProxy((server.address() as AddressInfo).port, server);
    server.on('connection', (client: Socket) => proxy.pass(client, connect(Number(port || 27017), hostname)));
    return proxy;
  }

  /** The address of a database behind the proxy. The driver looks for a new primary as often as it wants one. */
  before(database: string): string {
    const url = new URL(database);
    url.host = `127.0.0.1:${this.port}`;
    url.searchParams.set('minHeartbeatFrequencyMS', '10');
    return url.href;
  }

  /** From now on the server fails like this. */
  fail(mood: Mood): void {
    this.mood = mood;
  }

  /** From now on it works. */
  recover(): void {
    this.mood = () => null;
  }

  get failures(): number {
    return [...this.failed.values()].reduce((sum, count) => sum + count, 0);
  }

  async close(): Promise<void> {
    const closed = once(this.server.close(), 'close');
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private pass(client: Socket, upstream: Socket): void {
    let losing = false;
    const end = (): void => [client, upstream].forEach((socket) => socket.destroy());
    for (const socket of [client, upstream]) this.sockets.add(socket.on('error', end).on('close', end));
    const take = (message: Buffer): void => {
      const failure = this.failureAt(message);
      if (failure === 'cut') return end();
      if (typeof failure === 'number') return void client.write(answerTo(message, failure));
      losing ||= failure === 'lose';
      upstream.write(message);
    };
    client.on('data', inMessages(take));
    upstream.on('data', (part: Buffer) => (losing ? end() : client.write(part)));
  }

  private failureAt(message: Buffer): Failure | null {
    if (message.readInt32LE(12) !== OP_MSG) return null;
    const document = commandIn(message);
    const [command = ''] = Object.keys(document);
    const failure = ABOUT.has(command) ? null : this.mood(command, document);
    if (failure !== null) this.failed.set(command, (this.failed.get(command) ?? 0) + 1);
    return failure;
  }
}

/** Gathers parts of a stream to whole messages, which begin with their length. */
function inMessages(take: (message: Buffer) => void): (part: Buffer) => void {
  let waiting = Buffer.alloc(0);
  return (part) => {
    waiting = Buffer.concat([waiting, part]);
    while (waiting.length >= 4 && waiting.length >= waiting.readInt32LE(0)) {
      const length = waiting.readInt32LE(0);
      take(waiting.subarray(0, length));
      waiting = waiting.subarray(length);
    }
  };
}

const commandIn = (message: Buffer): mongo.Document =>
  BSON.deserialize(message.subarray(BODY, BODY + message.readInt32LE(BODY)));

/** The server's answer: it did nothing. A write that the driver may repeat itself is marked as such. */
function answerTo(message: Buffer, code: number): Buffer {
  const isRepeatable = FAILOVER.includes(code) && 'txnNumber' in commandIn(message);
  const errorLabels = isRepeatable ? { errorLabels: ['RetryableWriteError'] } : {};
  const body = BSON.serialize({ ok: 0, code, codeName: `Code${code}`, errmsg: `code ${code}`, ...errorLabels });
  const head = Buffer.alloc(BODY);
  head.writeInt32LE(BODY + body.length, 0);
  head.writeInt32LE(message.readInt32LE(4), 8);
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, body]);
}
