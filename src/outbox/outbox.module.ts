import { Module } from '@nestjs/common';
import { LockingModule } from '../locking/locking.module.js';
import { ConsumersModule } from './consumers.module.js';
import { Outbox } from './outbox.js';
import { DEFAULT_OUTBOX_OPTIONS, OUTBOX_OPTIONS } from './outbox-options.js';
import { OutboxKeeper } from './outbox-keeper.js';
import { OutboxLines } from './outbox-lines.js';
import { OutboxRecovery } from './outbox-recovery.js';
import { OutboxService } from './outbox.service.js';

/** What is told of runs and tasks: stored with what it reports, and delivered to every consumer. */
@Module({
  imports: [ConsumersModule, LockingModule],
  providers: [
    { provide: OUTBOX_OPTIONS, useValue: DEFAULT_OUTBOX_OPTIONS },
    OutboxLines,
    Outbox,
    OutboxRecovery,
    OutboxKeeper,
    OutboxService,
  ],
  exports: [Outbox, OutboxService],
})
export class OutboxModule {}
