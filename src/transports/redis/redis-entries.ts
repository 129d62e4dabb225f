import type { IncomingMessage } from '../transport.js';

/** An entry of a stream; one that was deleted has no fields. */
export interface Entry {
  id: string;
  message: Record<string, string> | null;
}

/** The message of an entry: its field "event", or all of its fields as JSON. */
export function messageIn({ id, message }: Entry): IncomingMessage | null {
  if (message === null) return null;
  const fields = { ...message };
  const text = Object.hasOwn(fields, 'event') ? fields['event']! : JSON.stringify(fields);
  return { position: id, at: Number.parseInt(id, 10), headers: {}, value: Buffer.from(text, 'utf8') };
}
