import { Module } from '@nestjs/common';
import { GrantsService } from './grants.service.js';
import { InstallationSettingsService } from './installation-settings.service.js';
import { QueuePauses } from './queue-pauses.js';
import { QuotasService } from './quotas.service.js';
import { SettingsService } from './settings.service.js';

/** The settings of organizations for all of their tasks. */
@Module({
  providers: [InstallationSettingsService, GrantsService, SettingsService, QuotasService, QueuePauses],
  exports: [InstallationSettingsService, GrantsService, SettingsService, QuotasService, QueuePauses],
})
export class OrganizationsModule {}
