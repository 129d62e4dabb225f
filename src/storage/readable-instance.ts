import type { Instance } from '../cluster/instance.store.js';
import { isInstant, isNumber, isText, isTruth, listOf, orNone, readable, shaped, type Shape } from './shape.js';

const WORK: Shape = {
  works: isTruth,
  queues: orNone(listOf(isText)),
  actions: listOf(isText),
  handlers: listOf(isText),
  triggerTypes: listOf(isText),
};

const RETENTION: Shape = {
  ...{ runsDays: isNumber, eventsDays: isNumber, auditDays: isNumber },
  failedRunsDays: orNone(isNumber),
};

const PLACE: Shape = { kind: isText, name: isText, limit: isNumber };

const VITALS: Shape = { eventLoopLagMs: isNumber, rssBytes: isNumber, clockOffsetMs: orNone(isNumber) };

const INSTANCE: Shape = {
  id: isText,
  version: isText,
  startedAt: isInstant,
  heartbeatAt: isInstant,
  running: isNumber,
  concurrency: isNumber,
  work: orNone(shaped(WORK)),
  present: orNone(Array.isArray),
  heldUp: orNone(Array.isArray),
  fullPlaces: orNone(listOf(shaped(PLACE))),
  declares: orNone(Array.isArray),
  retention: orNone(shaped(RETENTION)),
  settingsVersion: orNone(isNumber),
  vitals: orNone(shaped(VITALS)),
};

/** What the instance says of itself; one whose entry cannot be read says nothing, and writes another one if it lives. */
export function readableInstance(id: unknown, read: () => Instance): Instance {
  const unknown = { startedAt: 0, heartbeatAt: 0, running: 0, concurrency: 0 };
  return readable(read, INSTANCE, () => ({ id: String(id), version: '(unreadable)', ...unknown }));
}
