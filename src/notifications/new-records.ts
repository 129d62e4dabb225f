import { Injectable } from '@nestjs/common';
import { QuotaExceededError, StateConflictError } from '../domain/errors.js';
import { UnderLocks } from '../locking/under-locks.js';
import { NotificationStore, type NotificationRecord } from './ports/notification.store.js';

/** What an organization may have so many of, in words. */
export interface Allowance {
  most: number;
  one: string;
  many: string;
}

/** Stores what people make of notifications, as much of each kind as an organization may have. */
@Injectable()
export class NewRecords {
  constructor(
    private readonly store: NotificationStore,
    private readonly locks: UnderLocks,
  ) {}

  /** @throws QuotaExceededError, StateConflictError */
  async insert(record: NotificationRecord, { most, one, many }: Allowance): Promise<void> {
    const { kind, organization } = record;
    await this.locks.do('quota', [`quota/${kind}s/${encodeURIComponent(organization)}`], async () => {
      if ((await this.store.count(kind, organization, most)) >= most)
        throw new QuotaExceededError(`An organization may have ${most} ${many}.`);
      if (!(await this.store.insert(record))) throw new StateConflictError(`There is a ${one} with this id.`);
    });
  }
}
