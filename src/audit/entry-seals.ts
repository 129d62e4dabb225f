import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { KeyRing } from '../secrets/key-ring.js';
import type { AuditRecord } from './audit-entry.js';

const PURPOSE = 'scheduled-task-runner/audit-entry/v1';

/**
 * Seals each entry under the ring's first key, by an HMAC of its hash. Write access to the database alone suffices to
 * link and hash entries, but not to seal them. The hash covers a text with organization, sequence and the previous
 * entry.
 */
@Injectable()
export class EntrySeals {
  private readonly keys: ReadonlyMap<string, KeyObject>;

  constructor(private readonly ring: KeyRing) {
    this.keys = ring.derived(PURPOSE);
  }

  /** The seal of an entry with this hash, `<key id>.<HMAC in base64url>`. */
  readonly of = (hash: string): string => {
    const { id } = this.ring.first;
    return `${id}.${hmac(this.keys.get(id)!, hash).toString('base64url')}`;
  };

  /** `missing`: there is none. `unknown-key`: the ring lacks its key. `wrong`: no instance wrote the entry. */
  fault({ seal, hash }: Pick<AuditRecord, 'seal' | 'hash'>): 'missing' | 'unknown-key' | 'wrong' | null {
    if (seal === null) return 'missing';
    const [id = '', given = ''] = seal.split('.');
    const key = this.keys.get(id);
    if (!key) return 'unknown-key';
    const [expected, bytes] = [hmac(key, hash), Buffer.from(given, 'base64url')];
    return bytes.length === expected.length && timingSafeEqual(bytes, expected) ? null : 'wrong';
  }

  /** Whether the entry is sealed under the ring's first key. */
  isCurrent({ seal }: Pick<AuditRecord, 'seal'>): boolean {
    return seal?.startsWith(`${this.ring.first.id}.`) ?? false;
  }
}

const hmac = (key: KeyObject, hash: string): Buffer => createHmac('sha256', key).update(hash).digest();
