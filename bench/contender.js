import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const HOST = fileURLToPath(new URL('contenders/host.js', import.meta.url));

/** One process of a contender. */
export class Contender {
  /** Starts a process. With `works: false` it only stores tasks, as far as the contender supports that. */
  static async start(name, options) {
    const began = performance.now();
    const child = fork(HOST, [name, JSON.stringify({ concurrency: 1000, works: true, ...options })], {
      // The options with which the service starts itself; the same for every contender.
      execArgv: ['--max-semi-space-size=64', '--expose-gc'],
    });
    const contender = new Contender(child);
    await contender.answerTo('ready');
    contender.startedInMs = performance.now() - began;
    return contender;
  }

  constructor(child) {
    this.child = child;
    this.waiting = new Map();
    this.calls = 0;
    child.on('message', ({ id, result, error }) => {
      const { resolve, reject } = this.waiting.get(id);
      this.waiting.delete(id);
      if (error) reject(new Error(error));
      else resolve(result);
    });
    child.on('exit', (code) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`the process ended with ${code}`));
    });
  }

  call(method, ...args) {
    const id = ++this.calls;
    this.child.send({ id, method, args });
    return this.answerTo(id);
  }

  kill() {
    this.child.kill('SIGKILL');
  }

  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    await Promise.race([this.call('close'), wait(10_000)]).catch(() => undefined);
    const patience = setTimeout(() => this.kill(), 10_000);
    await exited;
    clearTimeout(patience);
  }

  answerTo(id) {
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }
}

/** Starts processes, uses them, and stops them whatever happens. */
export async function withContenders(starting, use) {
  const settled = await Promise.allSettled(starting);
  const started = settled.flatMap(({ value }) => value ?? []);
  try {
    const failed = settled.find(({ status }) => status === 'rejected');
    if (failed) throw failed.reason;
    return await use(...started);
  } finally {
    await Promise.all(started.map((contender) => contender.stop()));
  }
}

/** Checks every `everyMs` until `holds`; resolves to false when that takes longer than `patienceMs`. */
export async function until(holds, patienceMs, everyMs = 50) {
  for (const end = Date.now() + patienceMs; Date.now() < end;) {
    if (await holds()) return true;
    await wait(everyMs);
  }
  return false;
}
