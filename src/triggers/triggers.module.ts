import { Module } from '@nestjs/common';
import { EventPublisher } from '../integrations/event-publisher.js';
import { EventChannel, EventsService } from './events.service.js';
import { TriggerResolver } from './trigger-resolver.js';

/** When tasks are due, and the intake of events. */
@Module({
  providers: [
    TriggerResolver,
    EventsService,
    { provide: EventChannel, useFactory: () => new EventChannel() },
    { provide: EventPublisher, useExisting: EventsService },
  ],
  exports: [TriggerResolver, EventsService, EventChannel, EventPublisher],
})
export class TriggersModule {}
