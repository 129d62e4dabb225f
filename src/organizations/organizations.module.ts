import { Module } from '@nestjs/common';
import { GrantsService } from './grants.service.js';
import { QuotasService } from './quotas.service.js';
import { SettingsService } from './settings.service.js';

/** What organizations set for all of their tasks. */
@Module({
  providers: [GrantsService, SettingsService, QuotasService],
  exports: [GrantsService, SettingsService, QuotasService],
})
export class OrganizationsModule {}
