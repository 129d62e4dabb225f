import { Module } from '@nestjs/common';
import { Presence } from './presence.js';

/** Knows whether an organization is alone, for whatever takes heed of others. */
@Module({ providers: [Presence], exports: [Presence] })
export class PresenceModule {}
