import { Module, type DynamicModule } from '@nestjs/common';
import { LockingModule } from '../locking/locking.module.js';
import { AuditRecorder } from './audit-recorder.js';
import { AuditRetention } from './audit-retention.js';
import { AuditService } from './audit.service.js';
import { ChainWriter } from './chain-writer.js';
import { CheckpointSigner } from './checkpoint-signer.js';
import { EntrySeals } from './entry-seals.js';
import { OutcomeFeed } from './outcome-feed.js';
import { TrailGuard } from './trail-guard.js';

/** The audit trail: who changed what, and how every run ended, so that nobody can alter it unseen. */
@Module({})
export class AuditModule {
  /** `secrets` brings the keys that sign checkpoints. Global, for every service that changes something records it. */
  static forRoot(secrets: DynamicModule): DynamicModule {
    return {
      module: AuditModule,
      global: true,
      imports: [secrets, LockingModule],
      providers: [
        CheckpointSigner,
        EntrySeals,
        TrailGuard,
        ChainWriter,
        AuditRecorder,
        AuditService,
        AuditRetention,
        OutcomeFeed,
      ],
      exports: [AuditRecorder, AuditService, AuditRetention, TrailGuard],
    };
  }
}
