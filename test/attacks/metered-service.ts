import { ServiceProcess, tokenFor } from '../e2e/service-process.js';
import { freePort } from '../support/free-port.js';

const METER = new URL('../support/block-meter.mjs', import.meta.url).href;

/** A service in a process of its own, with a meter of how long its event loop is held. */
export class MeteredService {
  private constructor(
    readonly service: ServiceProcess,
    private readonly port: number,
  ) {}

  static async start(storeUrl: string): Promise<MeteredService> {
    const port = await freePort();
    const env = { NODE_OPTIONS: `--import=${METER}`, BLOCK_METER_PORT: String(port), LOG_LEVEL: 'fatal' };
    return new MeteredService(await ServiceProcess.start(storeUrl, env), port);
  }

  /** The longest block since the last call, in milliseconds of CPU time. */
  async longestBlock(): Promise<number> {
    const answer = (await (await fetch(`http://127.0.0.1:${this.port}`)).json()) as { ms: number };
    return answer.ms;
  }

  /** The status of the answer, whatever its type, and how long it took (ms). */
  async get(path: string): Promise<{ status: number; ms: number }> {
    const begun = performance.now();
    const response = await fetch(`${this.service.url}${path}`, {
      headers: { authorization: `Bearer ${tokenFor('default')}` },
      signal: AbortSignal.timeout(60_000),
    });
    await response.arrayBuffer();
    return { status: response.status, ms: performance.now() - begun };
  }
}
