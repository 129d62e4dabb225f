import { Module } from '@nestjs/common';
import { LockManager } from './lock-manager.js';

/** This instance's lock, in whose name it works. */
@Module({ providers: [LockManager], exports: [LockManager] })
export class LockingModule {}
