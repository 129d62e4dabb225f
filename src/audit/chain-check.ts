import { canonicalJson } from '../domain/canonical-json.js';
import {
  BROKEN,
  entryOf,
  GENESIS,
  hashOf,
  recordOf,
  type AuditRecord,
  type ChainPosition,
  type InvalidEntry,
} from './audit-entry.js';
import type { EntrySeals } from './entry-seals.js';

/** A witness of a chain: this entry was in it. */
export interface Witness extends ChainPosition {
  /** Who the witness is, such as `the head checkpoint`. */
  name: string;
}

/** The facts that a chain is checked against. */
export interface Marks {
  /** The start of the chain. */
  base: ChainPosition | null;
  /** Up to this sequence, entries need no good seal, because a witness vouches for their hashes. */
  vouchedTo: number;
  witnesses: readonly Witness[];
}

const SEAL_FAULTS = {
  missing: 'the entry was not written by the runner: it has no seal',
  wrong: 'the entry was not written by the runner: its seal does not match',
  'unknown-key': 'the entry is sealed under a key that is not in the key ring',
};

/** Walks a chain from its base to the first entry that was altered, forged, removed or moved. */
export class ChainCheck {
  checked = 0;
  /** The last good entry that was not sealed under the ring's first key. */
  lastForeign: ChainPosition | null = null;
  /** Whether the walk ended at an entry whose key is missing. */
  lacksKey = false;
  private end: ChainPosition;
  private readonly witnesses: ReadonlyMap<number, readonly Witness[]>;

  constructor(
    private readonly organization: string,
    private readonly marks: Marks,
    private readonly seals: EntrySeals,
  ) {
    this.end = marks.base ?? GENESIS;
    const places = [...new Set(marks.witnesses.map(({ sequence }) => sequence))];
    this.witnesses = new Map(
      places.map((place) => [place, marks.witnesses.filter(({ sequence }) => sequence === place)]),
    );
  }

  /** The sequence after which the walk continues. */
  get position(): number {
    return this.end.sequence;
  }

  /** Checks the next entry; returns its fault, or null. */
  next(record: AuditRecord): InvalidEntry | null {
    const expected = this.end.sequence + 1;
    const reason = this.faultOf(record, expected);
    if (reason !== null) return { sequence: expected, reason };
    this.end = { sequence: record.sequence, hash: record.hash };
    this.checked++;
    if (!this.seals.isCurrent(record)) this.lastForeign = this.end;
    return null;
  }

  /** Checks the end of the chain; returns the fault, or null. */
  finish(): InvalidEntry | null {
    const { end, marks } = this;
    const missing = marks.witnesses.find(({ sequence }) => sequence > end.sequence);
    if (!missing) return null;
    const reason = `the entry is missing: the end of the trail was removed (${missing.name} names entry ${missing.sequence})`;
    return { sequence: end.sequence + 1, reason };
  }

  private faultOf(record: AuditRecord, expected: number): string | null {
    if (record.sequence !== expected) return 'the entry is missing';
    if (hashOf(record.body) !== record.hash) return 'the entry was altered: its hash does not match';
    if (!isFaithful(record, this.organization)) return 'the entry was altered: what is searched differs from its text';
    const seal = expected > this.marks.vouchedTo ? this.seals.fault(record) : null;
    this.lacksKey = seal === 'unknown-key';
    if (seal) return SEAL_FAULTS[seal];
    if ((JSON.parse(record.body) as { previous: string }).previous !== this.end.hash)
      return 'the entry does not follow the one before: one was altered, removed or put elsewhere';
    const other = this.witnesses.get(expected)?.find(({ hash }) => hash !== record.hash);
    if (other) return `the entry is not the one that ${other.name} names`;
    return record.action === BROKEN ? alarmOf(record) : null;
  }
}

function alarmOf(record: AuditRecord): string {
  const { reason } = entryOf(record).after as { reason: string };
  return `an instance found here that the trail was not what it knew of it: ${reason}`;
}

/** Whether all columns agree with the text. */
function isFaithful(record: AuditRecord, organization: string): boolean {
  try {
    const told = recordOf(record.body, record.hash, record.seal);
    const sorted = ({ objects, ...rest }: AuditRecord) => canonicalJson({ ...rest, objects: [...objects].sort() });
    return told.organization === organization && sorted(told) === sorted(record);
  } catch {
    return false;
  }
}
