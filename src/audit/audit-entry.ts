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
}

/** A place in a chain. */
export interface ChainPosition {
  sequence: number;
  hash: string;
}

/** Where every chain begins. */
export const GENESIS: ChainPosition = { sequence: 0, hash: '0'.repeat(64) };

export const hashOf = (body: string): string => createHash('sha256').update(body, 'utf8').digest('hex');

/** The drafts as the links that follow `head`, in their order. */
export function linked(drafts: readonly AuditDraft[], head: ChainPosition): AuditRecord[] {
  let { sequence, hash } = head;
  return drafts.map((draft) => {
    const entry = Object.assign({}, draft, { sequence: ++sequence, previous: hash });
    const body = canonicalJson(entry);
    hash = hashOf(body);
    return { body, hash, ...searched(entry) };
  });
}

/** The entry of a record. */
export const entryOf = ({ body, hash }: AuditRecord): AuditEntry =>
  Object.assign(JSON.parse(body) as Omit<AuditEntry, 'hash'>, { hash });

/** What a store has to keep for an entry of this text. */
export const recordOf = (body: string, hash: string): AuditRecord => ({
  body,
  hash,
  ...searched(JSON.parse(body) as AuditEntry),
});

const searched = ({
  organization,
  sequence,
  at,
  actor,
  action,
  objects,
}: Omit<AuditEntry, 'previous' | 'hash'>): Omit<AuditRecord, 'body' | 'hash'> => ({
  organization,
  sequence,
  at,
  actor: actor.id,
  action,
  objects: [...new Set(objects)],
});
