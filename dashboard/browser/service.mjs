// The built service on a database of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

export class Service {
  folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
  url = '';
  link = '';
  token = '';
  port = '0';

  /** Starts it; once more at the same address. */
  async start() {
    const { NODE_ENV: _, JWT_SECRET: __, ...env } = process.env;
    this.child = spawn(process.execPath, [MAIN], {
      cwd: this.folder,
      env: { ...env, PORT: this.port, HOST: '127.0.0.1', STORE_URL: `file:${join(this.folder, 'tasks.db')}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface(this.child.stdout)) {
      this.link = /\S+#code=\S+/.exec(line)?.[0] ?? this.link;
      const token = /TOKEN=(\S+)/.exec(line)?.[1];
      if (token === undefined) continue;
      this.token = token;
      break;
    }
    this.url = new URL(this.link).origin;
    this.port = new URL(this.link).port;
    this.child.stdout.resume();
  }

  async stop() {
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }

  async end() {
    if (this.child.exitCode === null) await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Calls the API as an admin. */
  async call(line, body) {
    const [method, path] = line.split(' ');
    const answer = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const value = await answer.json();
    if (!answer.ok) throw new Error(`${line}: ${JSON.stringify(value)}`);
    return value;
  }
}
