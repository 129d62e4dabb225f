import { derivedId } from '../../domain/ids.js';
import type { Rule } from '../rules/rule.js';
import type { Alert } from './alert.js';

const HOUR_MS = 3_600_000;
/** Of how many alerts is known into which message they went. */
const MOST_KNOWN = 200;

/** One message to each channel of a rule, with all alerts that come before it is due. Instants in epoch ms. */
export interface Group {
  id: string;
  at: number;
  dueAt: number;
  /** Whether it holds what was too much for an hour. */
  isExcess: boolean;
}

/** How much a rule has told. */
export interface Gate {
  /** The latest alerts, each with the message into which it went. */
  known: { alert: string; group: Group }[];
  /** The message that further alerts go into, until it is due. */
  open: Group | null;
  /** When the present hour began, and how many messages there were in it. */
  hourFrom: number;
  sent: number;
}

export const OPEN_GATE: Gate = { known: [], open: null, hourFrom: 0, sent: 0 };

type Limits = Pick<Rule, 'id' | 'groupMs' | 'maxPerHour'>;

/** The message into which an alert goes, and the gate after that; the same gate where the alert is known. */
export function admitted(gate: Gate, rule: Limits, alert: Alert, now: number): { gate: Gate; group: Group } {
  const known = gate.known.find((each) => each.alert === alert.id);
  if (known) return { gate, group: known.group };
  const hour = now - gate.hourFrom >= HOUR_MS ? { ...gate, hourFrom: now, sent: 0 } : gate;
  const isOpen = hour.open !== null && now < hour.open.dueAt;
  const group = isOpen ? hour.open! : newGroup(hour, rule, alert, now);
  const known_ = [...hour.known, { alert: alert.id, group }].slice(-MOST_KNOWN);
  return { gate: { ...hour, known: known_, open: group, sent: hour.sent + (isOpen ? 0 : 1) }, group };
}

function newGroup({ hourFrom, sent }: Gate, { id, groupMs, maxPerHour }: Limits, alert: Alert, now: number): Group {
  const isExcess = sent >= maxPerHour;
  const dueAt = isExcess ? hourFrom + HOUR_MS : now + groupMs;
  // What goes by itself goes into the same message whenever it comes again, also after it was forgotten here.
  const at = isExcess || groupMs > 0 ? now : alert.at;
  return { id: derivedId(at, 'group', id, alert.id), at, dueAt, isExcess };
}
