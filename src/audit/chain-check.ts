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

/** What somebody knows of a chain: that this entry was in it. */
export interface Witness extends ChainPosition {
  /** Who knows it, as in `the head checkpoint`. */
  name: string;
}

/** What a chain is measured by. */
export interface Marks {
  /** Where it begins. */
  base: ChainPosition | null;
  /** Up to which sequence entries need no good seal, because a witness answers for their hashes. */
  vouchedTo: number;
  witnesses: readonly Witness[];
}

const SEAL_FAULTS = {
  missing: 'the entry was not written by the runner: it has no seal',
  wrong: 'the entry was not written by the runner: its seal does not match',
  'unknown-key': 'the entry is sealed under a key that is not in the key ring',
};

/** Walks a chain from its base and finds the first entry that was altered, forged, removed or put elsewhere. */
export class ChainCheck {
  checked = 0;
  /** The last good entry under another seal than the ring's first key gives. */
  lastForeign: ChainPosition | null = null;
  /** Whether it ended at an entry whose key is missing. */
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

  /** The sequence after which the walk goes on. */
  get position(): number {
    return this.end.sequence;
  }

  /** Takes the next entry; returns what is wrong with it. */
  next(record: AuditRecord): InvalidEntry | null {
    const expected = this.end.sequence + 1;
    const reason = this.faultOf(record, expected);
    if (reason !== null) return { sequence: expected, reason };
    this.end = { sequence: record.sequence, hash: record.hash };
    this.checked++;
    if (!this.seals.isCurrent(record)) this.lastForeign = this.end;
    return null;
  }

  /** What is wrong when nothing follows any more. */
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

/** Tells whether everything beside the text is what the text says. */
function isFaithful(record: AuditRecord, organization: string): boolean {
  try {
    const told = recordOf(record.body, record.hash, record.seal);
    const sorted = ({ objects, ...rest }: AuditRecord) => canonicalJson({ ...rest, objects: [...objects].sort() });
    return told.organization === organization && sorted(told) === sorted(record);
  } catch {
    return false;
  }
}
