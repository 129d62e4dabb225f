import type { Json } from '../../domain/json.js';
import { ActionError } from '../action.js';
import type { ServiceClient } from '../service-client.js';
import { networkFailure } from '../http/failures.js';
import { answeredJson } from '../answered-json.js';
import { ExecutionEngine, type FlowStart } from './execution-engine.js';

/** `POST {url}/flows/{flowId}/runs` with `{runId, attempt, parameters}`. */
export class HttpExecutionEngine extends ExecutionEngine {
  private readonly base: string;

  constructor(
    url: string,
    private readonly client: ServiceClient,
  ) {
    super();
    this.base = url.replace(/\/+$/, '');
  }

  async start(flowId: string, start: FlowStart, signal: AbortSignal): Promise<Json> {
    if (/^\.{0,2}$/.test(flowId))
      throw new ActionError('invalid-flow-id', 'The flow id names no flow.', { retryable: false });
    const url = `${this.base}/flows/${encodeURIComponent(flowId)}/runs`;
    try {
      const headers = { 'idempotency-key': start.runId, 'x-attempt': String(start.attempt) };
      return parse(await this.client.post(url, start, headers, signal));
    } catch (error) {
      signal.throwIfAborted();
      throw networkFailure(error);
    }
  }
}

/** Stands in while the settings name no execution engine. */
export class NoExecutionEngine extends ExecutionEngine {
  start(): Promise<Json> {
    const message = 'No execution engine is configured for test flows (EXECUTION_ENGINE_URL).';
    return Promise.reject(new ActionError('not-configured', message, { retryable: false }));
  }
}

/** The answer as JSON where it is some, else its text; null when it is empty. */
function parse(text: string): Json {
  if (text === '') return null;
  const value = answeredJson(text);
  return value === undefined ? text : value;
}
