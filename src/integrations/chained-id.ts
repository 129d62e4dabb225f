/** What the id of an event that a run has raised tells of the chain it stands in. */
export interface Chain {
  /** How many events in a row were raised by a run that the one before started. */
  length: number;
  /** How many runs it may start, with all that follow; undefined where that is not limited by the chain. */
  descendants: number | undefined;
}

/** Ids of that form come from here alone; one from outside begins a chain. */
const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.(\d{1,2})(?:\.(\d{1,7}))?$/;

/** The chain of the event of this id; one that begins a chain has the length 0. */
export function chainOf(eventId: string): Chain {
  const [, length, descendants] = FORM.exec(eventId) ?? [];
  return { length: Number(length ?? 0), descendants: descendants === undefined ? undefined : Number(descendants) };
}

/** `<id derived from the run>.<length of the chain>.<descendants>` */
export const chainedId = (id: string, { length, descendants }: Chain): string =>
  `${id}.${length}${descendants === undefined ? '' : `.${descendants}`}`;
