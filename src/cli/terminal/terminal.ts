import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../clock/clock.js';
import { UsageError } from './exit.js';
import { escaped, printableLines } from './printable.js';

/** What the command has of the process that runs it. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
  clock: Clock;
}

export type Format = 'table' | 'json';
type Colour = 'red' | 'green' | 'yellow';

const CODES: Record<Colour, number> = { red: 31, green: 32, yellow: 33 };
const LARGEST_INPUT = 16 * 1024 * 1024;

/** Where a command writes and what it reads. Results go to the output, everything else beside it. */
export class Terminal {
  constructor(
    readonly surroundings: Surroundings,
    readonly format: Format,
    private readonly colours: boolean,
  ) {}

  get env(): Surroundings['env'] {
    return this.surroundings.env;
  }

  get clock(): Clock {
    return this.surroundings.clock;
  }

  /** Whether somebody can be asked. */
  get isInteractive(): boolean {
    return this.surroundings.stdin.isTTY === true && this.surroundings.stderr.isTTY === true;
  }

  /** Writes a result: as JSON for programs, or as `text` makes it for people. */
  async show<Value>(value: Value, text: (value: Value) => string): Promise<void> {
    if (this.format === 'json') await this.json(value);
    else await this.print(text(value));
  }

  /** Writes a value as JSON. */
  json(value: unknown): Promise<void> {
    return write(this.surroundings.stdout, `${escaped(JSON.stringify(value, null, 2))}\n`);
  }

  /** Writes lines for people. Colours that `paint` gave are kept; nothing else that a terminal obeys is. */
  print(text: string): Promise<void> {
    return write(this.surroundings.stdout, `${this.painted(text)}\n`);
  }

  /** Writes a text as it is, such as a file for programs. */
  raw(text: string): Promise<void> {
    return write(this.surroundings.stdout, text);
  }

  /** Says something beside the result. */
  say(text: string): Promise<void> {
    return write(this.surroundings.stderr, `${this.painted(text)}\n`);
  }

  /** A text in a colour; only on a terminal, and not where NO_COLOR is set. */
  paint(text: string, colour: Colour): string {
    return this.colours ? `\u{e000}${colour};${text}\u{e001}` : text;
  }

  /** Shows how far long work is, in place, on a terminal alone. */
  progress(what: string): (done: number, total: number) => void {
    if (this.surroundings.stderr.isTTY !== true) return () => undefined;
    return (done, total) => {
      const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
      void write(this.surroundings.stderr, `\r${what}: ${percent} %${done >= total ? '\n' : ''}`);
    };
  }

  /** What comes in, to its end. @throws UsageError when it is too much */
  async input(): Promise<string> {
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of this.surroundings.stdin) {
      parts.push(Buffer.from(part as Uint8Array));
      bytes += (part as Uint8Array).length;
      if (bytes > LARGEST_INPUT) throw new UsageError('The standard input has more than 16 MB.');
    }
    return Buffer.concat(parts).toString('utf8');
  }

  /** Asks whether to go on; nothing but a yes is one. */
  async agrees(question: string): Promise<boolean> {
    const { createInterface } = await import('node:readline/promises');
    const { stdin: input, stderr: output } = this.surroundings;
    const lines = createInterface({ input, output });
    try {
      return /^y(es)?$/i.test((await lines.question(`${printableLines(question)} [y/N] `)).trim());
    } finally {
      lines.close();
    }
  }

  private painted(text: string): string {
    const shown = printableLines(text);
    if (!this.colours) return shown;
    return shown.replaceAll(
      /\u{e000}(red|green|yellow);([^\u{e001}]*)\u{e001}/gu,
      (_, colour: Colour, inner: string) => `\u{1b}[${CODES[colour]}m${inner}\u{1b}[0m`,
    );
  }
}

/** Whether a terminal shows colours, by what NO_COLOR (no-color.org) and the call say. */
export const hasColours = ({ env, stdout }: Surroundings, wished: boolean): boolean =>
  wished && stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';

/** Writes the text to its end. A reader that has gone, such as `head`, wants no more. */
const write = (stream: Writable, text: string): Promise<void> =>
  new Promise((resolve) => stream.write(text, () => resolve()));
