/** One event of a stream, in the form of text/event-stream. */
export interface ServerSentEvent {
  id?: string;
  /** Clients take a missing `event` as `message`. */
  event?: string;
  data: unknown;
}

/** JSON text contains no raw line breaks, so the data is one line. */
export const toEventText = ({ id, event, data }: ServerSentEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;

/** A line that clients ignore; it shows both sides that the connection is alive. */
export const HEARTBEAT = ': alive\n\n';
