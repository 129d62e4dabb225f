import { Module, type DynamicModule } from '@nestjs/common';
import { LockingModule } from '../locking/locking.module.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { TriggersModule } from '../triggers/triggers.module.js';
import { DeliveryLog } from './delivery-log.js';
import { KnownSources } from './known-sources.js';
import { SourceSecrets } from './source-secrets.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import { WebhookDoor } from './webhook-door.js';
import { WebhookSources } from './webhook-sources.js';

/** Takes in signed requests from outside as events. */
@Module({})
export class WebhooksModule {
  /** `secrets` provides the key ring. */
  static forRoot(secrets: DynamicModule): DynamicModule {
    return {
      module: WebhooksModule,
      imports: [secrets, OrganizationsModule, LockingModule, TriggersModule],
      providers: [KnownSources, SourceSecrets, WebhookSources, DeliveryLog, WebhookDoor, WebhookDeliveries],
    };
  }
}
