import { Module } from '@nestjs/common';
import { SettingsService } from './settings.service.js';

/** What organizations set for all of their tasks. */
@Module({ providers: [SettingsService], exports: [SettingsService] })
export class OrganizationsModule {}
