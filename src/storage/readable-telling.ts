import { isObject } from './shape.js';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The consumers of a telling; none where that cannot be read. */
export function consumersIn(text: string): Record<string, number> {
  const consumers = parsed(text);
  return isObject(consumers) ? (consumers as Record<string, number>) : {};
}

/** The messages of a telling, each as JSON again; none where they cannot be read. */
export function messagesIn(text: string): string[] {
  const messages = parsed(text);
  return Array.isArray(messages) ? messages.filter(isObject).map((message) => JSON.stringify(message)) : [];
}
