import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { AuditAnchor } from '../audit/anchor/audit-anchor.js';
import { AuditRecorder } from '../audit/audit-recorder.js';
import { OutcomeFeed } from '../audit/outcome-feed.js';
import { InstanceRegistry } from '../cluster/instance-registry.js';
import { OwnWork } from '../cluster/own-work.js';
import { Slots } from '../cluster/slots.js';
import { LOCKS, STORAGE } from '../core.module.js';
import { LifecycleEvents, type LifecycleEventMap } from '../lifecycle/lifecycle-events.js';
import { LockManager } from '../locking/lock-manager.js';
import { Engine } from '../scheduling/engine.js';
import type { OpenLocks, OpenStorage } from '../storage/storage.js';
import { TransportsLifecycle } from '../transports/transports-lifecycle.js';
import { Notifications } from '../notifications/notifications.js';
import { DeliveryLog } from '../webhooks/delivery-log.js';
import { RUNNER_NAME } from './runner-names.js';
import { startedLine } from './started-line.js';
import { counted } from '../domain/counted.js';

/** The injection token of whether a runner logs that it has started. */
export const ANNOUNCES = Symbol('ANNOUNCES');

/**
 * Starts and stops a runner in the one order that is right. The hooks of the parts of one module run beside each other,
 * in an order that depends on the version of Nest; whatever needs an order is called from here.
 */
@Injectable()
export class RunnerLifecycle
  implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown
{
  constructor(
    private readonly engine: Engine,
    private readonly registry: InstanceRegistry,
    private readonly locks: LockManager,
    private readonly work: OwnWork,
    private readonly recorder: AuditRecorder,
    private readonly outcomes: OutcomeFeed,
    private readonly anchor: AuditAnchor,
    private readonly deliveries: DeliveryLog,
    private readonly transports: TransportsLifecycle,
    private readonly notifications: Notifications,
    private readonly events: LifecycleEvents,
    private readonly slots: Slots,
    @Inject(STORAGE) private readonly store: OpenStorage,
    @Inject(LOCKS) private readonly lockStorage: OpenLocks,
    @Inject(RUNNER_NAME) private readonly name: string | null,
    @Inject(ANNOUNCES) private readonly announces: boolean,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.outcomes.start();
    this.anchor.start();
    // Before anything happens of which somebody wants to be told.
    await this.notifications.start();
    await this.engine.start();
    // The entry is that of an instance which has its lock.
    await this.registry.start();
    this.transports.begin();
    if (this.announces) this.announce();
  }

  /** Tells that the instance has started; `where` adds where it listens. */
  announce(where = ''): void {
    this.tell('started', `${this.startedLine}${where}.`);
  }

  /** Tells that the instance goes on serving for `ms` although it is about to leave. */
  tellDraining(ms: number): void {
    this.tell('draining', `Instance ${this.locks.owner} is not ready any more, and serves for another ${ms} ms.`);
  }

  /** What has started, in one line without an end. */
  private get startedLine(): string {
    const [store, locks] = [this.store.kind, this.lockStorage.kind];
    const { owner: instance } = this.locks;
    return startedLine({
      ...{ name: this.name, instance, store, work: this.work.announced },
      locks: locks === store ? null : locks,
    });
  }

  /** Before anything stops: others take over this instance's tasks while it finishes its runs. */
  async onModuleDestroy(): Promise<void> {
    const held = this.slots.taken;
    this.tell(
      'leaving',
      `Instance ${this.locks.owner} is leaving: it takes up no more work, and holds ${counted(held, 'run')}.`,
    );
    await this.registry.leave();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.transports.end();
    await this.engine.stop();
    await this.transports.stop();
    await this.notifications.stop();
    // What the last runs changed is in the trail before the trail is left.
    await Promise.all([this.recorder.stop(), this.outcomes.stop(), this.anchor.stop(), this.deliveries.settled()]);
  }

  /** After the engine has finished its runs and released its lock, and before the store closes. */
  async onApplicationShutdown(): Promise<void> {
    await this.registry.stop();
    this.tell('left', `Instance ${this.locks.owner} has left.`);
  }

  private tell(change: LifecycleEventMap['instance.changed']['change'], sentence: string): void {
    this.events.emit('instance.changed', { change, sentence });
  }
}
