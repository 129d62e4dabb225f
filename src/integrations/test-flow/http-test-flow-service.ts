import { ActionError } from '../action.js';
import { networkFailure } from '../http/failures.js';
import type { ServiceClient } from '../service-client.js';
import { progressIn } from './flow-answer.js';
import { TestFlowService, type FlowProgress, type FlowStart } from './test-flow-service.js';

/** An engine with the contract of docs/test-flow.md. */
export class HttpTestFlowService extends TestFlowService {
  private readonly base: string;

  constructor(
    url: string,
    private readonly client: ServiceClient,
  ) {
    super();
    this.base = url.replace(/\/+$/, '');
  }

  async start(flowId: string, start: FlowStart, signal: AbortSignal): Promise<FlowProgress> {
    const headers = { 'idempotency-key': start.runId, 'x-attempt': String(start.attempt) };
    return told(signal, async () => progressIn(await this.client.post(this.runsOf(flowId), start, headers, signal)));
  }

  async follow(flowId: string, runId: string, signal: AbortSignal): Promise<FlowProgress | null> {
    try {
      return await told(signal, async () =>
        progressIn(await this.client.getText(`${this.runsOf(flowId)}/${encodeURIComponent(runId)}`, signal)),
      );
    } catch (error) {
      if (error instanceof ActionError && error.details.status === 404) return null;
      throw error;
    }
  }

  async cancel(flowId: string, runId: string, signal: AbortSignal): Promise<void> {
    const url = `${this.runsOf(flowId)}/${encodeURIComponent(runId)}/cancel`;
    await told(signal, () => this.client.post(url, {}, {}, signal));
  }

  private runsOf(flowId: string): string {
    if (/^\.{0,2}$/.test(flowId))
      throw new ActionError('invalid-flow-id', 'The flow id names no flow.', { retryable: false });
    return `${this.base}/flows/${encodeURIComponent(flowId)}/runs`;
  }
}

async function told<Result>(signal: AbortSignal, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    signal.throwIfAborted();
    throw networkFailure(error);
  }
}

/** Stand-in when the settings name no execution engine. */
export class NoTestFlowService extends TestFlowService {
  start(): Promise<never> {
    return Promise.reject(notConfigured());
  }

  follow(): Promise<never> {
    return Promise.reject(notConfigured());
  }

  cancel(): Promise<void> {
    return Promise.resolve();
  }
}

const notConfigured = (): ActionError =>
  new ActionError('not-configured', 'No execution engine is configured for test flows (EXECUTION_ENGINE_URL).', {
    retryable: false,
  });
