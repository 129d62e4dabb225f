import { Module } from '@nestjs/common';
import { PresenceModule } from '../cluster/presence.module.js';
import { ExecutionLogManager } from './execution-log-manager.js';

/** The log of each run. */
@Module({ imports: [PresenceModule], providers: [ExecutionLogManager], exports: [ExecutionLogManager] })
export class ExecutionLogModule {}
