import { Module } from '@nestjs/common';
import { LockManager } from './lock-manager.js';
import { UnderLocks } from './under-locks.js';

/** This instance's lock, under which it works, and locks for short work that only one may do at a time. */
@Module({ providers: [LockManager, UnderLocks], exports: [LockManager, UnderLocks] })
export class LockingModule {}
