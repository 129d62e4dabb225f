import type { Action } from '../domain/action.js';

/** The longest line that tells an action. */
const MOST_CHARS = 300;

/** What an action does, in one line: without contents, which may be large. */
export function actionInWords(action: Action): string {
  const line = lineOf(action);
  return line.length > MOST_CHARS ? `${line.slice(0, MOST_CHARS - 1)}…` : line;
}

function lineOf(action: Action): string {
  switch (action.type) {
    case 'http':
      return `${action.method ?? 'POST'} ${action.url}`;
    case 'handler':
      return `calls the handler ${action.name}`;
    case 'test-flow':
      return `starts the test flow ${action.flowId}`;
    case 'event':
      return `raises the event ${action.event}`;
    case 'noop':
      return action.durationMs === undefined ? 'does nothing' : `does nothing for ${action.durationMs} ms`;
    // Of a definition that cannot be read.
    default:
      return String((action as { type?: unknown }).type);
  }
}
