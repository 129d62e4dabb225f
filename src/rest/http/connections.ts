import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Deferred } from '../../scheduling/holding/deferred.js';

/** The open connections of a server, and which of them have a request under way. */
export class Connections {
  /** How many requests are under way on each connection. */
  private readonly requests = new Map<Socket, number>();
  private areLast = false;
  private isClosing = false;
  private readonly idle = new Deferred<void>();

  constructor(server: Server) {
    server.on('connection', (socket) => this.open(socket));
    // Before the answer begins.
    server.prependListener('request', (request, reply) => this.begin(request, reply));
  }

  /** How many connections are open. */
  get size(): number {
    return this.requests.size;
  }

  /** From now on each answer is the last of its connection: clients open the next one elsewhere. */
  endWithNextAnswers(): void {
    this.areLast = true;
  }

  /**
   * Closes every connection without a request under way, also those that never sent a whole one, and the others as
   * soon as they are answered; `patience` resolves when the rest is to be closed as it is.
   */
  async close(patience: Promise<void>): Promise<void> {
    this.areLast = true;
    this.isClosing = true;
    for (const [socket, requests] of this.requests) if (requests === 0) socket.destroy();
    if (this.hasRequests) await Promise.race([this.idle.promise, patience]);
    for (const socket of this.requests.keys()) socket.destroy();
  }

  private get hasRequests(): boolean {
    return [...this.requests.values()].some((requests) => requests > 0);
  }

  private open(socket: Socket): void {
    if (this.isClosing) return void socket.destroy();
    this.requests.set(socket, 0);
    socket.once('close', () => {
      this.requests.delete(socket);
      this.tellIdle();
    });
  }

  private begin({ socket }: IncomingMessage, reply: ServerResponse): void {
    if (this.areLast) reply.setHeader('connection', 'close');
    const requests = this.requests.get(socket);
    if (requests === undefined) return;
    this.requests.set(socket, requests + 1);
    reply.once('close', () => this.end(socket));
  }

  private end(socket: Socket): void {
    const requests = this.requests.get(socket);
    if (requests === undefined) return;
    this.requests.set(socket, requests - 1);
    if (this.isClosing && requests === 1) socket.end();
    this.tellIdle();
  }

  private tellIdle(): void {
    if (this.isClosing && !this.hasRequests) this.idle.resolve();
  }
}

const known = new WeakMap<Server, Connections>();

/** The connections of a server, watched from the first call on. */
export function connectionsOf(server: Server): Connections {
  const connections = known.get(server) ?? new Connections(server);
  known.set(server, connections);
  return connections;
}
