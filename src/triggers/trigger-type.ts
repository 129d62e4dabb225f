import type { Skip } from '../domain/skip.js';
import type { StandardSchema } from '../domain/standard-schema.js';

/** A coming occurrence: its nominal instant (epoch ms), whether a clock change moved it, and when it starts. */
export interface PlannedRun {
  at: number;
  shifted?: boolean;
  /** When it may start, where a calendar or a spread makes that later. */
  dueAt?: number;
  /** The calendar that moved its start. */
  calendar?: string;
  /** Who has skipped it, and why, in lists that show such occurrences, too. */
  skipped?: Pick<Skip, 'by' | 'reason'>;
}

/** The instants of one trigger, in epoch milliseconds. Every search excludes the instant that it starts from. */
export interface Timetable {
  /** The first occurrence after `after`. */
  next(after: number): PlannedRun | null;
  /** The last occurrence before `before`. */
  previous(before: number): PlannedRun | null;
  /** How many occurrences lie in (after, until]; the time does not grow with their number. */
  count(after: number, until: number): number;
  /** What calendars excluded in (after, until], one stretch per calendar; without this method, nothing. */
  leftOut?(after: number, until: number): LeftOut[];
  /** What somebody has skipped of the occurrences in (after, until]; without this method, nothing. */
  skipped?(after: number, until: number): Skip[];
  /** When occurrences start; without this member, each at its nominal instant. */
  readonly starts?: Starts;
}

/** Maps the nominal instants of a timetable's occurrences to their starts, in the same order. Epoch ms. */
export interface Starts {
  /** When the occurrence with this nominal instant may start. */
  of(at: number): number;
  /** The last occurrence that may start before `instant`. */
  lastBefore(instant: number): PlannedRun | null;
}

/** Occurrences that a calendar excluded, from the first to the last (epoch ms, both inclusive). */
export interface LeftOut {
  from: number;
  to: number;
  count: number;
  calendar: string;
  /** Skipped for good, or coalesced into one run with a later occurrence. */
  outcome: 'skipped' | 'coalesced';
}

/** What a timetable may depend on besides its trigger. */
export interface TriggerContext {
  /** The instant from which a series without an anchor counts (epoch ms). */
  createdAt: number;
  /** Constant for a task and different between tasks: its id. Decides where hashed values fall. */
  seed: string;
}

/** Something is wrong with a trigger; `pointer` is relative to it, as in "/expression". */
export class TriggerFault extends Error {
  constructor(
    readonly pointer: string,
    message: string,
  ) {
    super(message);
  }
}

/** Checks a trigger: a zod schema, or a schema of any library that follows the Standard Schema, without waiting. */
export type TriggerSchema<Trigger> = StandardSchema<Trigger>;

/** One type of trigger. Built-in types and those of a host application are registered alike. */
export interface TriggerType<Trigger extends { type: string } = { type: string }> {
  /**
   * The type's name. The name of a host application's type has a colon, as in "acme:full-moon", unlike all built-in
   * names.
   */
  readonly type: Trigger['type'];
  /** Checks a trigger of this type. It must return plain JSON, which is stored. */
  readonly schema: TriggerSchema<Trigger>;
  /** The trigger's instants, or null when the trigger does not depend on time. @throws TriggerFault */
  timetable(trigger: Trigger, context: TriggerContext): Timetable | null;
  /** Describes in words when the trigger fires. */
  describe(trigger: Trigger): string;
  /** The IANA time zone that the trigger's local times refer to; without this method, none. */
  timeZone?(trigger: Trigger): string;
}
