import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.js';
import type { TaskInput } from '../domain/task-definition.js';

/** An entry of a source, as the task that it becomes. */
export interface Plan {
  /** Names the entry within its source: the same in each import of the same entry. */
  key: string;
  /** Where the entry stands, for people: a line, or an object's name. */
  where: string;
  /** The entry's schedule as the source has it. */
  schedule: string;
  input: TaskInput;
  /** Why the task must be paused from its beginning on, if so. */
  pausedFor?: string;
  /** What will be different as a task, a sentence for each. */
  differences: string[];
}

/** An entry, or a part of the source, that becomes no task. */
export interface Finding {
  where: string;
  /** What stands there. */
  entry: string;
  reason: string;
}

/** What a source holds: the tasks that its entries become, and what cannot become one. */
export interface Reading {
  tasks: Plan[];
  leftOut: Finding[];
  /** What is different for all tasks, a sentence for each. */
  remarks: string[];
}

/** What cannot be carried over, as the end of a sentence. */
export class NotCarriedOver extends Error {
  override readonly name = 'NotCarriedOver';
}

/** How much of a source is read at most. */
export const MOST_ENTRIES = 10_000;
export const MOST_SOURCE_BYTES = 16 * 1024 * 1024;

/** A new reading, to which entries are added one at a time, so that a broken one does not keep out the others. */
export class ReadingBuilder implements Reading {
  readonly tasks: Plan[] = [];
  readonly leftOut: Finding[] = [];
  readonly remarks: string[] = [];
  private readonly keys = new Map<string, number>();

  /** Adds what an entry becomes; it is left out when that throws. Entries of one key are told apart by their order. */
  add(at: Omit<Finding, 'reason'>, planned: () => Omit<Plan, 'where'> | null): void {
    try {
      const plan = planned();
      if (plan === null) return;
      if (this.tasks.length >= MOST_ENTRIES)
        throw new NotCarriedOver(`comes after ${MOST_ENTRIES} others; split the source`);
      this.tasks.push({ where: at.where, ...plan, key: this.ownKey(plan.key) });
    } catch (error) {
      if (!(error instanceof NotCarriedOver)) throw error;
      this.leave(at, error.message);
    }
  }

  leave({ where, entry }: Omit<Finding, 'reason'>, reason: string): void {
    if (this.leftOut.length < MOST_ENTRIES) this.leftOut.push({ where, entry: shortened(entry), reason });
  }

  remark(sentence: string): void {
    if (!this.remarks.includes(sentence)) this.remarks.push(sentence);
  }

  private ownKey(key: string): string {
    const nth = (this.keys.get(key) ?? 0) + 1;
    this.keys.set(key, nth);
    return nth === 1 ? key : `${key}#${nth}`;
  }
}

/** At most so many characters, with an ellipsis when something is missing. */
export const shortened = (text: string, most = 200): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** The difference of an entry that names no time zone; `whose` zone it is read in there. */
export const zoneAssumed = (timeZone: string, whose = 'its processes'): string =>
  `It names no time zone: it is read in ${timeZone}; --time-zone names that of ${whose}.`;

/** A short name of a value that two imports of the same value share. */
export const digestOf = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, 22);
