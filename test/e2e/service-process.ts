import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** The same secret for every process of a test run, so that one token works for all of them. */
const JWT_SECRET = randomBytes(32).toString('hex');
const ENCRYPTION_KEYS = `e2e:${randomBytes(32).toString('base64')}`;

/** How long a test waits for an answer (ms). */
const PATIENCE_MS = 60_000;

/** Tests ask more often than an organization may. */
const UNHURRIED = { RATE_LIMIT_PER_MINUTE: '10000000' };

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token like those that an identity provider issues. */
export function tokenFor(organization: string, roles: string[] = ['admin'], more: object = {}): string {
  const claims = { sub: 'e2e', org: organization, roles, exp: Math.floor(Date.now() / 1000) + 3600, ...more };
  const signed = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(claims)}`;
  return `${signed}.${createHmac('sha256', JWT_SECRET).update(signed).digest('base64url')}`;
}

/** An answer of the API. */
export interface Answer<Body> {
  status: number;
  body: Body;
}

/** The built service in a process of its own. */
export class ServiceProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Starts the service on a free port and waits until it listens. Its stderr goes to ours. */
  static async start(storeUrl: string, env: NodeJS.ProcessEnv = {}): Promise<ServiceProcess> {
    const child = ServiceProcess.spawn(storeUrl, env);
    child.stderr!.pipe(process.stderr);
    const lines = createInterface({ input: child.stdout! });
    for await (const line of lines) {
      const url = /listens on (http\S+)/.exec(line)?.[1];
      if (!url) continue;
      child.stdout!.resume();
      return new ServiceProcess(child, url);
    }
    throw new Error('The service ended before it listened.');
  }

  /** Starts the service without waiting for anything; `by` are words of a command that starts it. */
  static spawn(storeUrl: string, env: NodeJS.ProcessEnv = {}, by: readonly string[] = []): ChildProcess {
    const [program, ...words] = [...by, process.execPath, MAIN];
    const settings = {
      JWT_SECRET,
      ENCRYPTION_KEYS,
      PORT: '0',
      HTTP_ALLOW: '127.0.0.1',
      LOG_LEVEL: 'error',
      ...UNHURRIED,
    };
    return spawn(program, words, {
      env: { PATH: process.env['PATH'], ...settings, STORE_URL: storeUrl, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  async call<Body>(
    method: string,
    path: string,
    body?: unknown,
    organization = 'default',
    token = tokenFor(organization),
  ): Promise<Answer<Body>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as Body };
  }

  /** Every item of a list, page by page; waits until the store can be reached. */
  async all<Item>(path: string): Promise<Item[]> {
    const items: Item[] = [];
    const end = Date.now() + PATIENCE_MS;
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = `${path.includes('?') ? '&' : '?'}limit=200${cursor ? `&cursor=${cursor}` : ''}`;
      const page: Answer<{ items: Item[]; nextCursor: string | null }> = await this.call('GET', `${path}${query}`);
      // After an outage a service may need a moment to reach its store again.
      if (page.status === 503 && Date.now() < end) continue;
      if (page.status !== 200) throw new Error(`${path}: ${page.status} ${JSON.stringify(page.body)}`);
      items.push(...page.body.items);
      cursor = page.body.nextCursor;
    }
    return items;
  }

  /** Ends the process as a power cut does. */
  async killHard(): Promise<void> {
    await this.signal('SIGKILL');
  }

  /** Ends the process as an orchestrator does. */
  async stop(): Promise<void> {
    await this.signal('SIGTERM');
  }

  /** Suspends the process, as an overloaded machine does. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  /** Lets a frozen process continue as if nothing had happened. */
  thaw(): void {
    this.child.kill('SIGCONT');
  }

  private async signal(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
  }
}
