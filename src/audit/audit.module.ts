import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { PresenceModule } from '../cluster/presence.module.js';
import { ServiceClient } from '../integrations/service-client.js';
import { LockingModule } from '../locking/locking.module.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../options.js';
import { AnchorFile } from './anchor/anchor-file.js';
import { ANCHOR_TARGETS, type AnchorTarget } from './anchor/anchor-target.js';
import { AnchorUrl } from './anchor/anchor-url.js';
import { AuditAnchor } from './anchor/audit-anchor.js';
import { AuditRecorder } from './audit-recorder.js';
import { AuditRetention } from './audit-retention.js';
import { AuditService } from './audit.service.js';
import { ChainWriter } from './chain-writer.js';
import { CheckpointSigner } from './checkpoint-signer.js';
import { EntrySeals } from './entry-seals.js';
import { OutcomeFeed } from './outcome-feed.js';
import { TrailGuard } from './trail-guard.js';

/** Where heads of trails are kept outside of the store, as the settings name it. */
const anchorTargets: Provider = {
  provide: ANCHOR_TARGETS,
  inject: [RUNNER_OPTIONS, Clock],
  useFactory: ({ audit: { anchorFile, anchorUrl } }: ResolvedOptions, clock: Clock): AnchorTarget[] => [
    ...(anchorFile === null ? [] : [new AnchorFile(anchorFile)]),
    ...(anchorUrl === null ? [] : [new AnchorUrl(anchorUrl, new ServiceClient(clock))]),
  ],
};

/** The audit trail: who changed what, and how every run ended; nobody can alter it without being noticed. */
@Module({})
export class AuditModule {
  /**
   * `secrets` provides the keys that sign checkpoints. Global, because every service that changes something records it.
   */
  static forRoot(secrets: DynamicModule): DynamicModule {
    return {
      module: AuditModule,
      global: true,
      imports: [secrets, LockingModule, PresenceModule],
      providers: [
        CheckpointSigner,
        EntrySeals,
        TrailGuard,
        ChainWriter,
        AuditRecorder,
        AuditService,
        AuditRetention,
        OutcomeFeed,
        anchorTargets,
        AuditAnchor,
      ],
      exports: [AuditRecorder, AuditService, AuditRetention, AuditAnchor, TrailGuard],
    };
  }
}
