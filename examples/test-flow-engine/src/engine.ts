import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A flow of a run, as the engine keeps it. */
interface Flow {
  flowId: string;
  attempt: number;
  state: 'running' | 'succeeded' | 'failed' | 'cancelled';
  output?: unknown;
  error?: string;
  callback?: { completeUrl: string; token: string };
}

interface Start {
  runId: string;
  attempt: number;
  parameters: Record<string, unknown>;
  callback?: { completeUrl: string; heartbeatUrl: string; token: string };
}

export interface EngineOptions {
  /** Where flows are kept, so that they outlive the process. */
  file: string;
  port?: number;
  /** What allows a call-back to the runner: an API key of the role `operator`. Without one nothing is called back. */
  apiKey?: string;
}

/** A small execution engine with the contract of docs/test-flow.md: tests decide when its flows end. */
export class FlowEngine {
  /** How many flows were really started. */
  started = 0;
  private readonly flows: Map<string, Flow>;
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  private constructor(private readonly options: EngineOptions) {
    const { file } = options;
    this.flows = new Map(existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as [string, Flow][]) : []);
  }

  static async start(options: EngineOptions): Promise<FlowEngine> {
    const engine = new FlowEngine(options);
    engine.server.listen(options.port ?? 0, '127.0.0.1');
    await once(engine.server, 'listening');
    return engine;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The runs whose flows are in this state. */
  runsIn(state: Flow['state']): string[] {
    return [...this.flows].filter(([, flow]) => flow.state === state).map(([runId]) => runId);
  }

  /** Ends the flow of a run, and tells the runner so if it may. */
  async finish(runId: string, end: Pick<Flow, 'state' | 'output' | 'error'>): Promise<void> {
    const flow = this.flows.get(runId);
    if (flow?.state !== 'running') return;
    this.keep(runId, { ...flow, ...end });
    const { apiKey } = this.options;
    if (!flow.callback || apiKey === undefined) return;
    const { completeUrl, token } = flow.callback;
    const outcome = end.state === 'succeeded' ? 'succeeded' : 'failed';
    const { state: _, ...told } = end;
    // If the call does not arrive, the runner asks by itself how far the flow is.
    await fetch(completeUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ token, outcome, ...told }),
    }).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, flows, flowId = '', runs, runId, act] = (request.url ?? '').split('/').map(decodeURIComponent);
    const isKnown = flows === 'flows' && runs === 'runs';
    if (isKnown && request.method === 'POST' && runId === undefined)
      return send(response, this.begin(flowId, JSON.parse(await textOf(request)) as Start));
    const flow = this.flows.get(runId ?? '');
    if (!isKnown || flow?.flowId !== flowId) return send(response, null);
    if (request.method === 'POST' && act === 'cancel' && flow.state === 'running')
      this.keep(runId!, { ...flow, state: 'cancelled' });
    send(response, this.flows.get(runId!)!);
  }

  /** A run has one flow: only what has failed is started again, by a later attempt. */
  private begin(flowId: string, { runId, attempt, callback }: Start): Flow {
    const known = this.flows.get(runId);
    const isOver = known?.state === 'failed' || known?.state === 'cancelled';
    if (known && !(isOver && attempt > known.attempt)) {
      // The token of an earlier attempt is worth nothing any more.
      if (known.state === 'running') this.keep(runId, { ...known, attempt, ...(callback && { callback }) });
      return known;
    }
    this.started++;
    const flow: Flow = { flowId, attempt, state: 'running', ...(callback && { callback }) };
    this.keep(runId, flow);
    return flow;
  }

  /** Writes before it answers: what was answered outlives the process. */
  private keep(runId: string, flow: Flow): void {
    this.flows.set(runId, flow);
    writeFileSync(`${this.options.file}.new`, JSON.stringify([...this.flows]));
    renameSync(`${this.options.file}.new`, this.options.file);
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, flow: Flow | null): void {
  const { state, output, error } = flow ?? {};
  response
    .writeHead(flow ? 200 : 404, { 'content-type': 'application/json' })
    .end(JSON.stringify({ state, output, error }));
}
