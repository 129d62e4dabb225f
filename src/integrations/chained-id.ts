/** How many consecutive events may each be raised by a run of the previous event, or by its end. */
export const MAX_CHAIN_LENGTH = 16;

/** The state of an event chain, as the id of an event that a run raised carries it. */
export interface Chain {
  /** The number of consecutive events that were each raised by a run of the previous event. */
  length: number;
  /** How many runs the event and its successors may start; undefined when the chain sets no limit. */
  descendants: number | undefined;
}

/** Only this module creates ids of this form; an id from outside begins a chain. */
const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.(\d{1,2})(?:\.(\d{1,7}))?$/;

/** The chain of the event with this id; the length is 0 for an event that begins a chain. */
export function chainOf(eventId: string): Chain {
  const [, length, descendants] = FORM.exec(eventId) ?? [];
  return { length: Number(length ?? 0), descendants: descendants === undefined ? undefined : Number(descendants) };
}

/** `<id derived from the run>.<length of the chain>.<descendants>` */
export const chainedId = (id: string, { length, descendants }: Chain): string =>
  `${id}.${length}${descendants === undefined ? '' : `.${descendants}`}`;
