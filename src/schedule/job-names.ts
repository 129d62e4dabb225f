import { DUPLICATE_SCHEDULER, TITLES } from './messages.js';
import type { JobKind } from './metadata.js';

/** A method that wants a name for its job. */
export interface Nameless {
  kind: JobKind;
  /** The name that the decorator was given. */
  given?: string | undefined;
  /** The class of the instance, and the name of the method. */
  type: { name: string };
  method: string;
  isLocal: boolean;
}

/**
 * Gives each job its name. It must be the same in every process and every build, because the task in the store belongs
 * to it: the given name, or else class and method. Two instances of one class get a number; two classes of one name
 * cannot be told apart after the next build, so they are refused unless each process runs the job by itself.
 */
export class JobNames {
  private readonly taken = new Map<string, { type: object; isGiven: boolean }>();

  /** @throws Error with a sentence when the name is taken */
  of({ kind, given, type, method, isLocal }: Nameless): string {
    if (given) return this.take(kind, given, type, true);
    const name = `${type.name}.${method}`;
    const holder = this.taken.get(keyOf(kind, name));
    if (!holder) return this.take(kind, name, type, false);
    if (holder.isGiven) throw new Error(DUPLICATE_SCHEDULER(TITLES[kind], name));
    if (holder.type !== type && !isLocal) throw new Error(ambiguous(kind, name));
    let number = 2;
    while (this.taken.has(keyOf(kind, `${name} (${number})`))) number++;
    return this.take(kind, `${name} (${number})`, type, false);
  }

  private take(kind: JobKind, name: string, type: object, isGiven: boolean): string {
    const key = keyOf(kind, name);
    if (this.taken.has(key)) throw new Error(DUPLICATE_SCHEDULER(TITLES[kind], name));
    this.taken.set(key, { type, isGiven });
    return name;
  }
}

const keyOf = (kind: JobKind, name: string): string => `${kind} ${name}`;

const EXAMPLES: Readonly<Record<JobKind, string>> = {
  cron: "@Cron(…, {name: 'another'})",
  interval: "@Interval('another', …)",
  timeout: "@Timeout('another', …)",
};

const ambiguous = (kind: JobKind, name: string): string =>
  `Two classes declare a job under the name ${name}, so that their tasks could not be told apart. ` +
  `Give one of them a name of its own, as in ${EXAMPLES[kind]}.`;
