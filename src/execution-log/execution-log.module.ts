import { Module } from '@nestjs/common';
import { ExecutionLogManager } from './execution-log-manager.js';

/** The log of each run. */
@Module({ providers: [ExecutionLogManager], exports: [ExecutionLogManager] })
export class ExecutionLogModule {}
