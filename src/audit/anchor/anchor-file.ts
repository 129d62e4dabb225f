import { open, type FileHandle } from 'node:fs/promises';
import type { AnchorTarget } from './anchor-target.js';
import { writtenHead, type AnchoredHead } from './anchored-head.js';

const FOR_OWNER = 0o600;
const NEW_LINE = '\n';
/** How many heads of one organization are read back: the newest ones. */
const MOST_HEADS = 10_000;

/** Keeps heads in a file to which lines of JSON are appended, one for each head. */
export class AnchorFile implements AnchorTarget {
  readonly kind = 'file';
  readonly name: string;

  constructor(private readonly path: string) {
    this.name = `the file ${path}`;
  }

  /** The lines outlive a power cut once it resolves. */
  async put(heads: readonly AnchoredHead[]): Promise<void> {
    const file = await open(this.path, 'a+', FOR_OWNER);
    try {
      const lines = heads.map((head) => JSON.stringify(writtenHead(head)) + NEW_LINE).join('');
      await file.appendFile((await isTorn(file)) ? NEW_LINE + lines : lines);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async read(organization: string, signal: AbortSignal): Promise<unknown[]> {
    const file = await open(this.path, 'r');
    try {
      const mark = JSON.stringify(organization);
      const heads: unknown[] = [];
      for await (const line of file.readLines({ encoding: 'utf8' })) {
        signal.throwIfAborted();
        if (line.includes(mark)) heads.push(parsed(line));
        if (heads.length >= 2 * MOST_HEADS) heads.splice(0, MOST_HEADS);
      }
      return heads.slice(-MOST_HEADS);
    } finally {
      await file.close();
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Whether a process died amid the last line. */
async function isTorn(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() !== NEW_LINE;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
