import { Agent, request } from 'undici';
import type { Clock } from '../clock/clock.js';
import { statusFailure } from './http/failures.js';
import { readLimited, type LimitedBody } from './http/limited-body.js';

/** The maximum duration of one delivery to a service. */
const LONGEST_CALL_MS = 30_000;

/** Posts JSON to services that the settings name. These may have private addresses; redirects are not followed. */
export class ServiceClient {
  private readonly agent = new Agent({ headersTimeout: LONGEST_CALL_MS, bodyTimeout: LONGEST_CALL_MS });

  constructor(private readonly clock: Clock) {}

  /** The start of the answer's text. Rejects with an `ActionError` (`http-<status>`) unless the status is 2xx. */
  async post(url: string, body: unknown, headers: Record<string, string>, signal: AbortSignal): Promise<string> {
    const response = await request(url, {
      dispatcher: this.agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'scheduled-task-runner', ...headers },
      body: JSON.stringify(body),
      signal,
    });
    const { text } = await readLimited(response.body);
    const { statusCode, headers: answered } = response;
    if (statusCode >= 200 && statusCode <= 299) return text;
    const retryAfter = answered['retry-after'];
    throw statusFailure(statusCode, Array.isArray(retryAfter) ? retryAfter[0] : retryAfter, this.clock);
  }

  /** The start of the text of an answer with the status 200. Rejects as `post`. */
  async getText(url: string, signal: AbortSignal): Promise<string> {
    return (await this.read(url, signal)).text;
  }

  /** The JSON of an answer of at most 64 KiB. Rejects as `post`, and where it is not an object. */
  async get(url: string, signal: AbortSignal): Promise<object> {
    const { text, truncated } = await this.read(url, signal);
    const value = truncated ? null : parsed(text);
    if (typeof value !== 'object' || value === null)
      throw new Error('The answer is not a JSON object of at most 64 KiB.');
    return value;
  }

  private async read(url: string, signal: AbortSignal): Promise<LimitedBody> {
    const headers = { accept: 'application/json', 'user-agent': 'scheduled-task-runner' };
    const { statusCode, body } = await request(url, { dispatcher: this.agent, method: 'GET', headers, signal });
    const limited = await readLimited(body);
    if (statusCode !== 200) throw statusFailure(statusCode, undefined, this.clock);
    return limited;
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
