import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const JWT_SECRET = randomBytes(32).toString('hex');
const ENCRYPTION_KEYS = `bench:${randomBytes(32).toString('base64')}`;
const TICKS_PER_SECOND = 100;

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An admin's token, valid for an hour. */
export function token() {
  const claims = { sub: 'bench', org: 'default', roles: ['admin'], exp: Math.floor(Date.now() / 1000) + 3600 };
  const signed = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(claims)}`;
  return `${signed}.${createHmac('sha256', JWT_SECRET).update(signed).digest('base64url')}`;
}

/** The built service as a process, with what the operating system reports about it. */
export class Service {
  static async start(storeUrl) {
    const env = {
      PATH: process.env.PATH,
      JWT_SECRET,
      ENCRYPTION_KEYS,
      STORE_URL: storeUrl,
      PORT: '0',
      LOG_LEVEL: 'error',
    };
    const began = performance.now();
    const child = spawn(process.execPath, ['--max-semi-space-size=64', '--expose-gc', MAIN], {
      env: { ...env, RATE_LIMIT_PER_MINUTE: '1000000' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /listens on (http\S+)/.exec(line)?.[1];
      if (url) return new Service(child, url, performance.now() - began);
    }
    throw new Error('the service ended before it listened');
  }

  constructor(child, url, startedInMs) {
    Object.assign(this, { child, url, startedInMs });
    child.stdout.resume();
  }

  async call(method, path, body) {
    const headers = { authorization: `Bearer ${token()}`, 'content-type': 'application/json' };
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** Resident memory in MiB. */
  async memory() {
    const status = await readFile(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
  }

  /** Processor seconds used so far. */
  async processorSeconds() {
    const stat = await readFile(`/proc/${this.child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  async stop() {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}
