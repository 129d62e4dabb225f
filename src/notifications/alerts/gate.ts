import { derivedId } from '../../domain/ids.js';
import type { Rule } from '../rules/rule.js';
import type { Alert } from './alert.js';

const HOUR_MS = 3_600_000;
/**
 * Of how many alerts is known into which message they went: more than can come until a dead instance's last one comes
 * again. And of how many messages: each is larger than what tells its alerts.
 */
const MOST_KNOWN = 2000;
const MOST_MESSAGES = 200;

/** One message to each channel of a rule, with all alerts that come before it is due. Instants in epoch ms. */
export interface Group {
  id: string;
  at: number;
  dueAt: number;
  /** Whether it holds what was too much for an hour. */
  isExcess: boolean;
}

/** A message, and its alerts by the last part of their ids, which is a digest. */
interface Told {
  group: Group;
  alerts: readonly string[];
}

/** How much a rule has told. */
export interface Gate {
  /** The latest alerts, by the messages into which they went. */
  told: readonly Told[];
  /** The message that further alerts go into, until it is due. */
  open: Group | null;
  /** When the present hour began, and how many messages there were in it. */
  hourFrom: number;
  sent: number;
}

export const OPEN_GATE: Gate = { told: [], open: null, hourFrom: 0, sent: 0 };

/** A gate as it is stored; before 2,000 alerts were known, each stood with its message. */
type Stored = Partial<Gate> & { known?: readonly { alert: string; group: Group }[] };

export const gateOf = ({ known = [], ...stored }: Stored): Gate => ({
  ...OPEN_GATE,
  told: known.map(({ alert, group }) => ({ group, alerts: [digestOf(alert)] })),
  ...stored,
});

const digestOf = (alertId: string): string => alertId.slice(-12);

type Limits = Pick<Rule, 'id' | 'groupMs' | 'maxPerHour'>;

/** The message into which an alert goes, and the gate after that; the same gate where the alert is known. */
export function admitted(gate: Gate, rule: Limits, alert: Alert, now: number): { gate: Gate; group: Group } {
  const digest = digestOf(alert.id);
  const known = gate.told.find(({ alerts }) => alerts.includes(digest));
  if (known) return { gate, group: known.group };
  const hour = now - gate.hourFrom >= HOUR_MS ? { ...gate, hourFrom: now, sent: 0 } : gate;
  const isOpen = hour.open !== null && now < hour.open.dueAt;
  const group = isOpen ? hour.open! : newGroup(hour, rule, alert, now);
  const told = withAlert(hour.told, group, digest);
  return { gate: { ...hour, told, open: group, sent: hour.sent + (isOpen ? 0 : 1) }, group };
}

/** What was told, with one more alert, without the oldest where there are enough. */
function withAlert(told: readonly Told[], group: Group, digest: string): Told[] {
  const last = told.at(-1);
  const isSame = last?.group.id === group.id;
  const all: Told[] = isSame
    ? [...told.slice(0, -1), { group, alerts: [...last.alerts, digest] }]
    : [...told, { group, alerts: [digest] }];
  let count = 0;
  for (const { alerts } of all) count += alerts.length;
  if (count <= MOST_KNOWN) return all.slice(-MOST_MESSAGES);
  const [first, ...rest] = all as [Told, ...Told[]];
  return first.alerts.length > 1 ? [{ ...first, alerts: first.alerts.slice(1) }, ...rest] : rest;
}

function newGroup({ hourFrom, sent }: Gate, { id, groupMs, maxPerHour }: Limits, alert: Alert, now: number): Group {
  const isExcess = sent >= maxPerHour;
  const dueAt = isExcess ? hourFrom + HOUR_MS : now + groupMs;
  // What goes by itself goes into the same message whenever it comes again, also after it was forgotten here.
  const at = isExcess || groupMs > 0 ? now : alert.at;
  return { id: derivedId(at, 'group', id, alert.id), at, dueAt, isExcess };
}
