import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../src/domain/thrown.js';
import { tokenFor } from './service-process.js';

const LOOK_MS = 100;

/** A small balancer, as they stand before services: it asks each for its readiness, and tries no request twice. */
export class Balancer {
  private readonly ready = new Set<string>();
  private turn = 0;
  private isClosed = false;
  private readonly agent = new Agent({ keepAlive: true });

  private constructor(private readonly server: Server) {
    server.on('request', (asked, answer) => this.pass(asked, answer));
  }

  static async before(urls: readonly string[]): Promise<Balancer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const balancer = new Balancer(server);
    await Promise.all(urls.map((url) => balancer.add(url)));
    return balancer;
  }

  /** Resolves when it sends requests there. */
  async add(url: string): Promise<void> {
    void this.look(url);
    while (!this.ready.has(url)) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Sends so many requests a second until `end`, which resolves to their number and what went wrong. */
  load(perSecond: number): { end: () => Promise<{ sent: number; failed: string[] }> } {
    const { port } = this.server.address() as AddressInfo;
    const failed: string[] = [];
    const underWay = new Set<Promise<void>>();
    let sent = 0;
    const send = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/v1/me`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      const text = await response.text();
      if (response.status !== 200) failed.push(`${response.status} ${text.slice(0, 200)}`);
    };
    const timer = setInterval(() => {
      for (let i = 0; i < perSecond / 50; i++) {
        sent++;
        const one = send().catch((error: unknown) => void failed.push(messageOf(error)));
        underWay.add(one);
        void one.finally(() => underWay.delete(one));
      }
    }, 20);
    return {
      end: async () => {
        clearInterval(timer);
        await Promise.all(underWay);
        return { sent, failed };
      },
    };
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.agent.destroy();
    this.server.closeAllConnections();
    await once(this.server.close(), 'close');
  }

  /** Asks one after the other, so that no late answer overtakes a later one. */
  private async look(url: string): Promise<void> {
    while (!this.isClosed) {
      const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(3000) }).catch(() => null);
      await response?.arrayBuffer().catch(() => undefined);
      if (response?.status === 200) this.ready.add(url);
      else this.ready.delete(url);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    const url = [...this.ready][this.turn++ % Math.max(1, this.ready.size)];
    if (url === undefined) return void answer.writeHead(500).end('none is ready');
    const { method, headers } = asked;
    const upstream = request(`${url}${asked.url}`, { method: method!, headers, agent: this.agent }, (response) => {
      answer.writeHead(response.statusCode!);
      response.pipe(answer);
    });
    upstream.on('error', (error) => answer.writeHead(502).end(String(error)));
    asked.pipe(upstream);
  }
}

const TOKEN = tokenFor('default');
