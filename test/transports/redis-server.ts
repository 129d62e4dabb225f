import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/free-port.js';

/** Whether there is a program to start. */
export const hasRedisServer = (): boolean => spawnSync('redis-server', ['--version']).status === 0;

const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always'];
const FORGETFUL = ['--save', '', '--appendonly', 'no'];

/** A Redis server of the test's own, which it may end at any time. */
export class RedisServer {
  private process: ChildProcess | null = null;

  private constructor(
    private readonly port: number,
    private readonly directory: string,
    private readonly options: readonly string[],
  ) {}

  /** A durable one has everything that it accepted when it is started again, the other one nothing. */
  static async start({ isDurable = true } = {}): Promise<RedisServer> {
    const directory = mkdtempSync(join(tmpdir(), 'task-runner-redis-'));
    const server = new RedisServer(await freePort(), directory, isDurable ? DURABLE : FORGETFUL);
    await server.up();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async up(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.directory];
    this.process = spawn('redis-server', [...place, ...this.options], { stdio: 'ignore' });
    while (!(await this.answers())) await sleep(20);
  }

  async crash(): Promise<void> {
    if (!this.process) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
    this.process = null;
  }

  async remove(): Promise<void> {
    await this.crash();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** While it reads its file, it answers with an error. */
  private answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = createConnection(this.port, '127.0.0.1', () => socket.write('PING\r\n'));
      const done = (isUp: boolean) => {
        socket.destroy();
        resolve(isUp);
      };
      socket.on('data', (data) => done(data.toString().startsWith('+PONG')));
      socket.on('error', () => done(false));
    });
  }
}
