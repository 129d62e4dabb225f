/** A coming occurrence: its nominal instant (epoch ms), marked where a clock change moved it, and when it starts. */
export interface PlannedRun {
  at: number;
  shifted?: boolean;
  /** When a calendar or a spread lets it start, where that is later. */
  dueAt?: number;
  /** The calendar that moved its start. */
  calendar?: string;
}

/** The instants of one trigger. All instants are epoch milliseconds; every search excludes the instant it starts from. */
export interface Timetable {
  /** The first occurrence after `after`. */
  next(after: number): PlannedRun | null;
  /** The last occurrence before `before`. */
  previous(before: number): PlannedRun | null;
  /** How many occurrences lie in (after, until]; takes no time in proportion to their number. */
  count(after: number, until: number): number;
  /** What calendars left out in (after, until], a stretch for each; without this, they leave out nothing. */
  leftOut?(after: number, until: number): LeftOut[];
  /** When occurrences start; without this, each at its nominal instant. */
  readonly starts?: Starts;
}

/** How the starts of a timetable's occurrences follow from their nominal instants, whose order they keep. Epoch ms. */
export interface Starts {
  /** When the occurrence of a nominal instant may start. */
  of(at: number): number;
  /** The last occurrence that may start before `instant`. */
  lastBefore(instant: number): PlannedRun | null;
}

/** Occurrences that a calendar left out, from the first to the last (epoch ms, both inclusive). */
export interface LeftOut {
  from: number;
  to: number;
  count: number;
  calendar: string;
  /** Whether they were left out for good, or have one run with a later occurrence. */
  outcome: 'skipped' | 'coalesced';
}

/** What a timetable may depend on beside the trigger itself. */
export interface TriggerContext {
  /** The instant from which a series without an anchor counts (epoch ms). */
  createdAt: number;
  /** What is the same for a task forever and differs between tasks: its id. Decides what is spread by a hash. */
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

/** What checks a trigger: a schema of zod, or of any library that follows the Standard Schema, without waiting. */
export interface TriggerSchema<Trigger> {
  readonly '~standard': {
    validate(value: unknown): CheckedTrigger<Trigger> | Promise<CheckedTrigger<Trigger>>;
  };
}

/** The trigger as it will be stored, with defaults, or what is wrong with it. */
export type CheckedTrigger<Trigger> =
  { readonly value: Trigger; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** One kind of trigger. The built-in kinds and those of a host application are registered alike. */
export interface TriggerType<Trigger extends { type: string } = { type: string }> {
  /** Its name; one of a host application holds a colon, as in "acme:full-moon", so that it meets no built-in one. */
  readonly type: Trigger['type'];
  /** Checks a trigger of this type; what it returns must be plain JSON, for it is stored. */
  readonly schema: TriggerSchema<Trigger>;
  /** The trigger's instants, or null when time does not drive it. @throws TriggerFault */
  timetable(trigger: Trigger, context: TriggerContext): Timetable | null;
  /** Says in words when it fires. */
  describe(trigger: Trigger): string;
  /** The IANA time zone in whose local times it is meant; without this, in none. */
  timeZone?(trigger: Trigger): string;
}
