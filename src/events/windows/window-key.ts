import { createHash } from 'node:crypto';
import { withBudget, spend } from '../../domain/budget.js';
import { canonicalJson } from '../../domain/canonical-json.js';
import type { ReceivedEvent } from '../../domain/event.js';
import { derivedId } from '../../domain/ids.js';
import type { Json } from '../../domain/json.js';
import type { EventTrigger } from '../../domain/trigger.js';

/** A key has at most ten names, so this is never reached; it holds whatever a key may become. */
const MOST_STEPS = 100;
/** Longer values are told apart by their digest. */
const LONGEST_KEY = 200;
const SHOWN = 100;

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

const digests = new WeakMap<EventTrigger, string>();

/** Names the trigger by all that it says: another definition has another one. */
export function triggerDigest(trigger: EventTrigger): string {
  let digest = digests.get(trigger);
  if (digest === undefined) digests.set(trigger, (digest = digestOf(canonicalJson(trigger))));
  return digest;
}

/** The path of the value by which the trigger tells windows apart; undefined where it has one window only. */
export const keyPathOf = ({ debounce, throttle, batch, all }: EventTrigger): string | undefined =>
  (debounce ?? throttle ?? batch ?? all)?.key;

/** The value at the path in the event, as JSON of a bounded length; null where there is no single value. */
export function windowKey(path: string | undefined, { receivedAt: _, ...event }: ReceivedEvent): string | null {
  if (path === undefined) return null;
  const value = withBudget(MOST_STEPS, 'To find the key of a window', () => valueAt(event as unknown as Json, path));
  if (value === undefined || value === null || typeof value === 'object') return null;
  const text = JSON.stringify(value);
  return text.length <= LONGEST_KEY ? text : `${text.slice(0, SHOWN)}… ${digestOf(text)}`;
}

function valueAt(event: Json, path: string): Json | undefined {
  let value: Json | undefined = event;
  for (const name of path.split('.')) {
    spend();
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, Json>)[name];
  }
  return value;
}

/** The id of the window of a task's trigger for a key. */
export const windowId = (taskId: string, trigger: string, key: string | null): string =>
  derivedId(0, 'event-window', taskId, trigger, key ?? '');
