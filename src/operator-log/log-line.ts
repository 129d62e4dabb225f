import { inspect } from 'node:util';

/** What a line is about. Whoever logs JSON gets these as members of the line; nothing here is a secret. */
export interface LineFields {
  /** What happened, as a stable name such as `run.failed`. */
  event: string;
  instance?: string;
  version?: string;
  organization?: string;
  task?: string;
  run?: string;
  attempt?: number;
  /** The id of the request that caused it. */
  request?: string;
  /** The id of the trace that it is a part of. */
  trace?: string;
  [name: string]: string | number | boolean | null | undefined;
}

/**
 * A line of the log: a sentence with fields. A logger that writes text writes the sentence; one that writes JSON has
 * the fields beside it.
 */
export class LogLine {
  constructor(
    readonly message: string,
    readonly fields: LineFields,
  ) {}

  toString(): string {
    return this.message;
  }

  toJSON(): object {
    return { ...this.fields, message: this.message };
  }

  [inspect.custom](): string {
    return this.message;
  }
}
