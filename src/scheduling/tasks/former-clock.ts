import { Injectable } from '@nestjs/common';
import { AuditStore } from '../../audit/audit.store.js';
import { InstanceStore } from '../../cluster/instance.store.js';
import { LockManager } from '../../locking/lock-manager.js';

/** What the store tells of the clocks by which the instances before this one worked. */
@Injectable()
export class FormerClock {
  constructor(
    private readonly instances: InstanceStore,
    private readonly trail: AuditStore,
    private readonly locks: LockManager,
  ) {}

  /**
   * The latest instant (epoch ms) that some clock has shown: heartbeats of others, some of which may be dead, and ends of
   * runs that the audit trail has. That is some seconds before the last one. @throws StoreUnavailableError
   */
  async latest(): Promise<number> {
    const [instances, told] = await Promise.all([this.instances.list(), this.trail.outcomesUntil()]);
    const others = instances.filter(({ id }) => id !== this.locks.owner);
    return Math.max(told?.at ?? 0, ...others.map(({ heartbeatAt }) => heartbeatAt));
  }
}
