import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.mjs';

const root = new URL('../..', import.meta.url).pathname;
const secret = randomBytes(32).toString('hex');
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of an admin of the organization who also operates the installation. */
export function tokenFor(organization) {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    sub: 'tools',
    org: organization,
    roles: ['admin'],
    installation: 'admin',
    iat: now,
    exp: now + 3600,
  };
  const signed = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** Starts a service of its own, calls `use` with its URL, and stops it. Rejects when the service ends by itself. */
export async function withService(use) {
  const [folder, port] = [mkdtempSync(join(tmpdir(), 'api-')), await freePort()];
  const env = {
    ...{ PATH: process.env.PATH, JWT_SECRET: secret, HOST: '127.0.0.1', PORT: String(port) },
    ...{ STORE_URL: `file:${join(folder, 'tasks.db')}`, DURABILITY: 'relaxed', LOG_LEVEL: 'error' },
    ...{ RATE_LIMIT_PER_MINUTE: '1000000', AUTH_FAILURES_PER_MINUTE: '1000000' },
  };
  const service = spawn('node', ['dist/main.js'], { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(service, 'exit').then(([code]) => Promise.reject(new Error(`The service ended with ${code}.`)));
  ended.catch(() => undefined);
  try {
    const url = `http://127.0.0.1:${port}`;
    await Promise.race([ended, ready(url)]);
    return await Promise.race([ended, use(url)]);
  } finally {
    service.kill('SIGKILL');
    await ended.catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ready(url) {
  for (let tries = 0; tries < 600; tries++) {
    if (
      await fetch(`${url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The service does not become ready.');
}
