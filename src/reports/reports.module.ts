import { Module } from '@nestjs/common';
import { ReportsService } from './reports.service.js';

/** Sums up what became of tasks. */
@Module({ providers: [ReportsService] })
export class ReportsModule {}
