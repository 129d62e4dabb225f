import { Module } from '@nestjs/common';
import { RetryPolicyManager } from './retry-policy-manager.js';

/** Decides whether and when a failed run is tried again. */
@Module({
  providers: [{ provide: RetryPolicyManager, useFactory: () => new RetryPolicyManager() }],
  exports: [RetryPolicyManager],
})
export class RetryModule {}
