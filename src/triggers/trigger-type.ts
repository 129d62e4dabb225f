/** A coming occurrence: its instant (epoch ms), marked where a clock change moved it. */
export interface PlannedRun {
  at: number;
  shifted?: boolean;
}

/** The instants of one trigger. All instants are epoch milliseconds; every search excludes the instant it starts from. */
export interface Timetable {
  /** The first occurrence after `after`. */
  next(after: number): PlannedRun | null;
  /** The last occurrence before `before`. */
  previous(before: number): PlannedRun | null;
  /** How many occurrences lie in (after, until]; takes no time in proportion to their number. */
  count(after: number, until: number): number;
}

/** What a timetable may depend on beside the trigger itself. */
export interface TriggerContext {
  /** The instant from which a series without an anchor counts (epoch ms). */
  createdAt: number;
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

/** One kind of trigger. The built-in kinds and those of a host application are registered alike. */
export interface TriggerType<Trigger extends { type: string } = { type: string }> {
  readonly type: Trigger['type'];
  /** The trigger's instants, or null when time does not drive it. @throws TriggerFault */
  timetable(trigger: Trigger, context: TriggerContext): Timetable | null;
  /** Says in words when it fires. */
  describe(trigger: Trigger): string;
}
