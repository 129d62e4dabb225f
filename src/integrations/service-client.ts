import { Agent, request } from 'undici';
import type { Clock } from '../clock/clock.js';
import { statusFailure } from './http/failures.js';
import { readLimited } from './http/limited-body.js';

/** The longest that one delivery to a service takes. */
const LONGEST_CALL_MS = 30_000;

/** Posts JSON to the services that the settings name; they may have private addresses, and redirects are not followed. */
export class ServiceClient {
  private readonly agent = new Agent({ headersTimeout: LONGEST_CALL_MS, bodyTimeout: LONGEST_CALL_MS });

  constructor(private readonly clock: Clock) {}

  /** The beginning of the answer's text. Rejects with an `ActionError` (`http-<status>`) unless the status is 2xx. */
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

  /** Closes every connection. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }
}
