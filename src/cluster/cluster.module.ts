import { Module, type DynamicModule } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { LockingModule } from '../locking/locking.module.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { RuntimeSettings } from '../settings/runtime-settings.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { ownMember } from '../domain/own-member.js';
import { HandlerRegistry } from '../integrations/handler/handler-registry.js';
import { Declarations } from './declarations.js';
import { Neighbours } from './neighbours.js';
import { TriggersModule } from '../triggers/triggers.module.js';
import { OwnWork } from './own-work.js';
import { Ownership } from './ownership.js';
import { Places, type PlaceLimits } from './places.js';
import { Presence } from './presence.js';
import { PresenceModule } from './presence.module.js';
import { Slots } from './slots.js';
import { Vitals } from './vitals.js';
import { Weights } from './weights.js';

function slotsOf(
  { heldBytes, queueConcurrency }: EngineSettings,
  runtime: RuntimeSettings,
  presence: Presence,
  weights: Weights,
  clock: Clock,
  handlers: HandlerRegistry,
): Slots {
  const limitsQueues = Object.keys(queueConcurrency).length > 0;
  const limits: PlaceLimits = {
    any: () => limitsQueues || handlers.limitsAny,
    queue: (name) => ownMember(queueConcurrency, name),
    handler: (name) => handlers.traitsOf(name)?.concurrency,
  };
  const places = new Places(limits, () => clock.monotonic());
  const weightOf = (organization: string) => weights.of(organization);
  const slots = new Slots(runtime.concurrency, presence, weightOf, clock, heldBytes / 3, places);
  runtime.onChange(() => slots.resize(runtime.concurrency));
  return slots;
}

/** Knows the other instances, divides tasks with them, and divides this instance's slots between organizations. */
@Module({})
export class ClusterModule {
  /** `integrations` provides the handlers of this instance. */
  static forRoot(integrations: DynamicModule): DynamicModule {
    return {
      module: ClusterModule,
      imports: [PresenceModule, LockingModule, OrganizationsModule, TriggersModule, integrations],
      providers: [
        {
          provide: Slots,
          inject: [ENGINE_SETTINGS, RuntimeSettings, Presence, Weights, Clock, HandlerRegistry],
          useFactory: slotsOf,
        },
        Declarations,
        Weights,
        OwnWork,
        Neighbours,
        Ownership,
        Vitals,
      ],
      exports: [Slots, PresenceModule, Declarations, Weights, OwnWork, Neighbours, Ownership, Vitals],
    };
  }
}
