import { Module } from '@nestjs/common';
import { PresenceModule } from '../cluster/presence.module.js';
import { EventPublisher } from '../integrations/event-publisher.js';
import { EventChannel, EventsService } from '../events/events.service.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../options.js';
import { TriggerResolver } from './trigger-resolver.js';
import { TriggerTypes } from './trigger-types.js';

/** Tells when tasks are due, and takes in events. */
@Module({
  imports: [PresenceModule],
  providers: [
    {
      provide: TriggerResolver,
      inject: [RUNNER_OPTIONS],
      useFactory: ({ triggerTypes }: ResolvedOptions) => new TriggerResolver(new TriggerTypes(triggerTypes)),
    },
    EventsService,
    { provide: EventChannel, useFactory: () => new EventChannel() },
    { provide: EventPublisher, useExisting: EventsService },
  ],
  exports: [TriggerResolver, EventsService, EventChannel, EventPublisher],
})
export class TriggersModule {}
