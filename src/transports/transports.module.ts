import { Module } from '@nestjs/common';
import { LockingModule } from '../locking/locking.module.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { ConsumersModule } from '../outbox/consumers.module.js';
import { OutboxModule } from '../outbox/outbox.module.js';
import { TriggersModule } from '../triggers/triggers.module.js';
import { DeadLetters } from './dead-letters.js';
import { MessageIntake } from './message-intake.js';
import { Publishing } from './publishing.js';
import { Subscriptions } from './subscriptions.js';
import { Transports } from './transports.js';
import { TransportsLifecycle } from './transports-lifecycle.js';
import { TransportsStatus } from './transports-status.js';

/** Messages to and from brokers: Redis Streams and Kafka. */
@Module({
  imports: [ConsumersModule, LockingModule, OrganizationsModule, OutboxModule, TriggersModule],
  providers: [Transports, Publishing, DeadLetters, MessageIntake, Subscriptions, TransportsLifecycle, TransportsStatus],
})
export class TransportsModule {}
