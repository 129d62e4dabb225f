import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

interface Line {
  ready?: number;
  answers?: number;
  answer?: unknown;
  error?: string;
}

/** A process of a host application that does what it is asked for (`do-as-asked.js`). */
export class HostProcess {
  /** When it was ready (epoch ms). */
  readonly ready: Promise<number>;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  private readonly child: ChildProcess;
  private readonly complaints: string[] = [];
  private readonly waiting = new Map<number, (line: Line) => void>();
  private asked = 0;

  constructor(program: string, options: object) {
    this.child = spawn(process.execPath, [program, JSON.stringify(options)]);
    this.gone = new Promise((resolve) => this.child.once('exit', () => resolve()));
    createInterface({ input: this.child.stderr! }).on('line', (line) => this.complaints.push(line));
    this.ready = new Promise((resolve, reject) => {
      this.child.once('exit', () => reject(new Error(`it ended: ${this.complaints.join('\n')}`)));
      createInterface({ input: this.child.stdout! }).on('line', (line) => {
        if (!line.startsWith('{')) return void this.complaints.push(line);
        const said = JSON.parse(line) as Line;
        if (said.ready !== undefined) resolve(said.ready);
        else this.waiting.get(said.answers!)?.(said);
      });
    });
    this.ready.catch(() => undefined);
  }

  async ask<Answer>(act: string, request: object = {}): Promise<Answer> {
    const number = ++this.asked;
    const answered = new Promise<Line>((resolve) => this.waiting.set(number, resolve));
    this.child.stdin!.write(`${JSON.stringify({ number, act, ...request })}\n`);
    const { answer, error } = await answered;
    if (error !== undefined) throw new Error(`${act}: ${error}`);
    return answer as Answer;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.stdin!.write(`${JSON.stringify({ number: 0, act: 'stop' })}\n`);
    await exited;
  }
}
