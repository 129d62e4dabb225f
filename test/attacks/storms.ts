import { Agent, request, type ClientRequest } from 'node:http';
import { tokenFor } from '../e2e/service-process.js';

/** How a request was answered: its status, or 0 if the connection broke. */
export interface StormAnswer {
  status: number;
  text: string;
  retryAfter: string | undefined;
}

const agent = new Agent({ keepAlive: true, maxSockets: 512 });

/** Makes requests of one organization, with bodies as given. */
export class Stormer {
  private readonly token: string;

  constructor(
    private readonly url: string,
    organization: string,
  ) {
    this.token = tokenFor(organization);
  }

  /** Sends a complete request. */
  send(line: string, body?: string, headers: Record<string, string> = {}): Promise<StormAnswer> {
    return new Promise((resolve) => {
      const sent = this.begin(
        line,
        { ...headers, ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }) },
        resolve,
      );
      sent.end(body);
    });
  }

  /** Begins a request; its answer goes to `answered`. */
  begin(line: string, headers: Record<string, string>, answered: (answer: StormAnswer) => void): ClientRequest {
    const [method, path] = line.split(' ') as [string, string];
    const all = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', ...headers };
    const sent = request(`${this.url}${path}`, { method, agent, headers: all }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('close', () =>
        answered({
          status: response.statusCode!,
          text: Buffer.concat(parts).toString(),
          retryAfter: response.headers['retry-after'],
        }),
      );
    });
    sent.on('error', () => answered({ status: 0, text: '', retryAfter: undefined }));
    return sent;
  }
}

/** Does `work` `times` times, at most `width` of them at once. */
export async function atOnce(times: number, width: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < times) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
