import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What the target answers; it must end the response itself. */
export type Answering = (response: ServerResponse, request: ReceivedRequest) => void;

/** A local HTTP server on 127.0.0.1 that records the requests it receives. */
export class HttpTarget {
  readonly requests: ReceivedRequest[] = [];
  /** Answers 200 with `{}` unless a test sets something else. */
  answer: Answering = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  private readonly server = createServer(this.listener());

  /** Listens on a free port. */
  static async start(answer?: Answering): Promise<HttpTarget> {
    const target = new HttpTarget();
    if (answer) target.answer = answer;
    target.server.listen(0, '127.0.0.1');
    await once(target.server, 'listening');
    return target;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** How many connections have been made so far. */
  connections = 0;

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private listener(): RequestListener {
    return (request, response) => void this.receive(request, response);
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const received = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
    this.requests.push(received);
    this.answer(response, received);
  }

  private constructor() {
    this.server.on('connection', () => this.connections++);
  }
}
