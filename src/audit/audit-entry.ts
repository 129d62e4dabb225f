import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.js';
import type { Json } from '../domain/json.js';
import type { Actor } from './actor.js';

/** What a change is made to. */
export interface AuditObject {
  type: 'task' | 'run' | 'settings' | 'api-key' | 'webhook-source' | 'audit';
  id: string;
}

/** One thing that happened, before it has its place in the trail. */
export interface AuditDraft {
  id: string;
  organization: string;
  /** Epoch milliseconds. */
  at: number;
  actor: Actor;
  /** What was done, such as `task.created`. */
  action: string;
  object: AuditObject;
  /** Ids under which the entry is found: the object's own, and those of what it belongs to. */
  objects: string[];
  /** The members that differ, secrets masked; null where there was or is nothing. */
  before: Json;
  after: Json;
}

/** One link of an organization's chain. */
export interface AuditEntry extends AuditDraft {
  /** 1 for the first, without a gap. */
  sequence: number;
  /** The hash of the entry before. */
  previous: string;
  /** SHA-256 over the canonical JSON (RFC 8785) of everything else. */
  hash: string;
}

/** An entry as a store keeps it: its text, and beside it what queries look at. */
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
  /** Proves that an instance wrote it, as `<key id>.<HMAC>`; null in entries of versions that sealed none. */
  seal: string | null;
}

/** A place in a chain. */
export interface ChainPosition {
  sequence: number;
  hash: string;
}

/** The first entry that is not as it was written, or the place where one is missing. */
export interface InvalidEntry {
  sequence: number;
  reason: string;
}

/** The action of an entry in which an instance tells that the trail before it is not what it knew of it. */
export const BROKEN = 'audit.broken';

/** Where every chain begins. */
export const GENESIS: ChainPosition = { sequence: 0, hash: '0'.repeat(64) };

export const hashOf = (body: string): string => createHash('sha256').update(body, 'utf8').digest('hex');

/** The drafts as the links that follow `head`, in their order, each under the seal that `sealOf` gives its hash. */
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

/** The entry of a record. Of one whose text somebody has put out of shape it shows what is searched. */
export function entryOf(record: AuditRecord): AuditEntry {
  const { hash } = record;
  try {
    const entry = JSON.parse(record.body) as Omit<AuditEntry, 'hash'>;
    if (entry.sequence === record.sequence && entry.object !== undefined) return Object.assign(entry, { hash });
  } catch {
    // It is shown all the same: what is wrong with it is for the proof to tell.
  }
  return unreadable(record);
}

const unreadable = ({ organization, sequence, at, actor, action, objects, hash }: AuditRecord): AuditEntry => ({
  ...{ id: '', organization, at, actor: { type: 'engine', id: actor, roles: [], address: null, requestId: null } },
  ...{ action, object: { type: 'audit', id: objects[0] ?? '' }, objects, before: null, after: null },
  ...{ sequence, previous: '', hash },
});

/** What a store has to keep for an entry of this text. */
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
