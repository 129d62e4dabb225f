import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';

const PROGRAM = fileURLToPath(new URL('./busy-host.js', import.meta.url));
const REDIS_URL = process.env['REDIS_URL'];
const ENCRYPTION_KEYS = `test:${randomBytes(32).toString('base64')}`;

interface Line {
  ready?: true;
  closed?: true;
  started?: string;
  attempt?: number;
  ended?: string;
  output?: unknown;
  attempts?: string[];
}

/** A process of the host application, and what it printed. */
class Host {
  readonly lines: Line[] = [];
  readonly complaints: string[] = [];
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;

  constructor(options: object) {
    this.child = spawn(process.execPath, [PROGRAM, JSON.stringify({ encryptionKeys: ENCRYPTION_KEYS, ...options })]);
    this.ended = once(this.child, 'exit');
    createInterface({ input: this.child.stderr! }).on('line', (line) => this.complaints.push(line));
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      if (line.startsWith('{')) this.lines.push(JSON.parse(line) as Line);
      else this.complaints.push(line);
    });
  }

  async until(holds: (line: Line) => unknown): Promise<void> {
    while (!this.lines.some(holds)) {
      if (this.child.exitCode !== null) throw new Error(`it ended: ${this.complaints.join('\n')}`);
      await Promise.race([once(this.child.stdout!, 'data'), this.ended]);
      await new Promise(setImmediate);
    }
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
  }

  get starts(): Line[] {
    return this.lines.filter(({ started }) => started);
  }
}

describeOnEachStore('a handler that computes for longer than a lock lives', (open) => {
  let store: TemporaryStore;
  beforeEach(async () => (store = await open()));
  afterEach(() => store.drop());

  const places: [name: string, redisUrl: string | null][] = [
    ['in the store', null],
    ...(REDIS_URL ? ([['in Redis', REDIS_URL]] as [string, string][]) : []),
  ];

  it.each(places)(
    'is called once, and disturbs no run beside it, with the locks %s',
    async (_, redisUrl) => {
      const options = {
        storeUrl: store.url,
        redisUrl,
        engine: { lockLifeMs: 3000, heartbeatMs: 500 },
        blockMs: 8000,
      };
      const neighbour = new Host({ ...options, isNeighbour: true });
      await neighbour.until(({ ready }) => ready);
      const host = new Host(options);
      try {
        await host.until(({ closed }) => closed);
      } finally {
        await neighbour.stop();
        await host.stop();
      }
      const both = [...host.starts, ...neighbour.starts];
      expect(both.map(({ started, attempt }) => `${started} ${attempt}`).sort()).toEqual(['busy 1', 'calm 1']);
      expect(host.lines.filter(({ ended }) => ended)).toEqual([
        { ended: 'succeeded', output: 'calm', attempts: ['succeeded'] },
        { ended: 'succeeded', output: 'computed', attempts: ['succeeded'] },
      ]);
      const held = [...host.complaints, ...neighbour.complaints].filter((line) => line.includes('was held up for'));
      expect(held.length).toBeGreaterThan(0);
    },
    180_000,
  );
});
