/** One event of a stream, as text/event-stream writes it. */
export interface ServerSentEvent {
  id?: string;
  /** `message` without it. */
  event?: string;
  data: unknown;
}

/** JSON has no line breaks of its own, so the data is one line. */
export const toEventText = ({ id, event, data }: ServerSentEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;

/** A line that clients ignore; it shows both sides that the connection lives. */
export const HEARTBEAT = ': alive\n\n';
