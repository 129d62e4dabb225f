import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A proxy to a server that can be cut, fall silent and become slow, as networks do. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  /** When the last part is passed on to a socket (epoch ms); the next part must not overtake it. */
  private readonly passedAt = new WeakMap<Socket, number>();
  private isCut = false;
  private isSilent = false;
  private delayMs = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
  ) {
    server.on('connection', (client: Socket) => this.pass(client));
  }

  /** Listens on a free port of this machine and passes everything on to the server. */
  static async to(host: string, port: number): Promise<TcpProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, { host, port });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Breaks every connection, and each new one, until `heal`. */
  cut(): void {
    this.isCut = true;
    this.breakAll();
  }

  /** Lets nothing through any more, without a sign to either side. */
  fallSilent(): void {
    this.isSilent = true;
  }

  /** Delays everything by `delayMs` each way. */
  slowDown(delayMs: number): void {
    this.delayMs = delayMs;
  }

  /** Everything works again; connections that were silent meanwhile are broken. */
  heal(): void {
    if (this.isSilent) this.breakAll();
    [this.isCut, this.isSilent, this.delayMs] = [false, false, 0];
  }

  async close(): Promise<void> {
    const closed = once(this.server.close(), 'close');
    this.breakAll();
    await closed;
  }

  private breakAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private pass(client: Socket): void {
    if (this.isCut) return void client.destroy();
    const upstream = connect(this.target.port, this.target.host);
    const end = () => [client, upstream].forEach((socket) => socket.destroy());
    for (const socket of [client, upstream]) {
      this.sockets.add(socket.on('error', end).on('close', end));
      socket.on('close', () => this.sockets.delete(socket));
    }
    client.on('data', (part) => this.forward(part, upstream));
    upstream.on('data', (part) => this.forward(part, client));
  }

  private forward(part: Buffer, to: Socket): void {
    if (this.isSilent) return;
    const now = Date.now();
    const last = this.passedAt.get(to) ?? now;
    const at = Math.max(now + this.delayMs, last > now ? last + 1 : now);
    this.passedAt.set(to, at);
    if (at <= now) to.write(part);
    else setTimeout(() => to.destroyed || to.write(part), at - now);
  }
}
