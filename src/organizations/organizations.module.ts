import { Module } from '@nestjs/common';
import { QuotasService } from './quotas.service.js';
import { SettingsService } from './settings.service.js';

/** What organizations set for all of their tasks. */
@Module({ providers: [SettingsService, QuotasService], exports: [SettingsService, QuotasService] })
export class OrganizationsModule {}
