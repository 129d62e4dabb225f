import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.js';
import { isInstant } from '../domain/instants.js';
import type { Json } from '../domain/json.js';
import type { Actor } from './actor.js';

/** The object of a change. */
export interface AuditObject {
  type:
    | 'task'
    | 'run'
    | 'settings'
    | 'queue'
    | 'api-key'
    | 'webhook-source'
    | 'notification-channel'
    | 'notification-rule'
    | 'report-schedule'
    | 'audit';
  id: string;
}

/** One event, before it gets its position in the trail. */
export interface AuditDraft {
  id: string;
  organization: string;
  /** Epoch milliseconds. */
  at: number;
  actor: Actor;
  /** What happened, such as `task.created`. */
  action: string;
  object: AuditObject;
  /** Ids under which the entry can be found: the object's own, and those of what it belongs to. */
  objects: string[];
  /** The members that differ, with secrets masked; null when there was or is nothing. */
  before: Json;
  after: Json;
}

/** One link of an organization's chain. */
export interface AuditEntry extends AuditDraft {
  /** 1 for the first, without a gap. */
  sequence: number;
  /** The hash of the previous entry. */
  previous: string;
  /** SHA-256 over the canonical JSON (RFC 8785) of everything else. */
  hash: string;
}

/** An entry as a store keeps it: its text, and the columns that queries use. */
export interface AuditRecord {
  organization: string;
  sequence: number;
  at: number;
  actor: string;
  action: string;
  objects: string[];
  /** The canonical JSON of the entry without its hash. */
  body: string;
  hash: string;
  /** Proves that an instance wrote the entry: `<key id>.<HMAC>`; null in entries of versions that did not seal. */
  seal: string | null;
}

/** A position in a chain. */
export interface ChainPosition {
  sequence: number;
  hash: string;
}

/** The first entry that was changed, or the position where one is missing. */
export interface InvalidEntry {
  sequence: number;
  reason: string;
}

/** The action of an entry in which an instance reports that the trail before it differs from what it knew. */
export const BROKEN = 'audit.broken';

/** The start of every chain. */
export const GENESIS: ChainPosition = { sequence: 0, hash: '0'.repeat(64) };

export const hashOf = (body: string): string => createHash('sha256').update(body, 'utf8').digest('hex');

/** The drafts as links that follow `head`, in order; `sealOf` makes a seal from each hash. */
export function linked(
  drafts: readonly AuditDraft[],
  head: ChainPosition,
  sealOf: (hash: string) => string | null = () => null,
): AuditRecord[] {
  let { sequence, hash } = head;
  return drafts.map((draft) => {
    const entry = Object.assign({}, draft, { sequence: ++sequence, previous: hash });
    const body = canonicalJson(entry);
    hash = hashOf(body);
    return { body, hash, seal: sealOf(hash), ...searched(entry) };
  });
}

/** The entry of a record. If its text was tampered with and cannot be read, the entry shows the searched columns. */
export function entryOf(record: AuditRecord): AuditEntry {
  const { hash } = record;
  try {
    const entry = JSON.parse(record.body) as Omit<AuditEntry, 'hash'>;
    if (entry.sequence === record.sequence && isWhole(entry)) return Object.assign(entry, { hash });
  } catch {
    // Show it anyway: verification reports what is wrong with it.
  }
  return unreadable(record);
}

/** Whether it has all that an entry is shown with. */
const isWhole = ({ at, actor, action, object, objects }: Partial<AuditEntry>): boolean =>
  isInstant(at) &&
  typeof actor?.id === 'string' &&
  Array.isArray(actor.roles) &&
  typeof action === 'string' &&
  typeof object?.id === 'string' &&
  Array.isArray(objects);

const unreadable = ({ organization, sequence, at, actor, action, objects, hash }: AuditRecord): AuditEntry => ({
  ...{
    id: '',
    organization,
    at: isInstant(at) ? at : 0,
    actor: { type: 'engine', id: actor, roles: [], address: null, requestId: null },
  },
  ...{ action, object: { type: 'audit', id: objects[0] ?? '' }, objects, before: null, after: null },
  ...{ sequence, previous: '', hash },
});

/** The record that a store keeps for an entry with this text. */
export const recordOf = (body: string, hash: string, seal: string | null = null): AuditRecord => ({
  body,
  hash,
  seal,
  ...searched(JSON.parse(body) as AuditEntry),
});

const searched = ({
  organization,
  sequence,
  at,
  actor,
  action,
  objects,
}: Omit<AuditEntry, 'previous' | 'hash'>): Omit<AuditRecord, 'body' | 'hash' | 'seal'> => ({
  organization,
  sequence,
  at,
  actor: actor.id,
  action,
  objects: [...new Set(objects)],
});
