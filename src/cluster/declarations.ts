import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';

/** A task that code declares, and the digest of what it wants of it. */
export interface Declaration {
  taskId: string;
  digest: string;
}

/** The most declarations of an instance: they are part of each heartbeat. */
export const MOST_DECLARATIONS = 2000;

/** The tasks that the code of this instance declares; the other instances read of them in its heartbeat. */
@Injectable()
export class Declarations {
  private marks: readonly string[] = [];

  /** @throws Error when there are too many */
  set(declarations: readonly Declaration[]): void {
    if (declarations.length > MOST_DECLARATIONS) {
      throw new Error(`An instance can declare ${MOST_DECLARATIONS} jobs at most, not ${declarations.length}.`);
    }
    this.marks = declarations.map(({ taskId, digest }) => `${short(taskId)}.${short(digest)}`);
  }

  /** What the heartbeat tells of them; undefined when there are none. */
  told(): readonly string[] | undefined {
    return this.marks.length > 0 ? this.marks : undefined;
  }
}

/** Whether an instance that told this in its heartbeat declares the task; with a digest, whether in this form. */
export class Declared {
  private readonly tasks = new Set<string>();
  private readonly marks: Set<string>;

  constructor(told: readonly string[]) {
    this.marks = new Set(told);
    for (const mark of told) this.tasks.add(mark.slice(0, mark.indexOf('.')));
  }

  has(taskId: string, digest?: string): boolean {
    return digest === undefined ? this.tasks.has(short(taskId)) : this.marks.has(`${short(taskId)}.${short(digest)}`);
  }
}

const short = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 8);
