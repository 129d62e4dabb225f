import type { Mapping } from '../domain/payload-mapping.js';
import type { Scheme } from './scheme-schema.js';

/** One secret of a source, sealed. */
export interface WebhookSecret {
  id: string;
  sealed: string;
  /** Instants in epoch milliseconds. */
  createdAt: number;
  /** When it stops being accepted; null for the current secret. */
  endsAt: number | null;
}

/** A sender outside of the installation whose signed requests become events of an organization. */
export interface WebhookSource {
  id: string;
  organization: string;
  /** How many times it was written. */
  version: number;
  name: string;
  enabled: boolean;
  /** How its requests are signed. */
  scheme: Scheme;
  /** The type of its events; null where the mapping or the scheme says it. */
  event: string | null;
  mapping: Mapping;
  /** The current secret first. */
  secrets: WebhookSecret[];
  /** The subject that created it. */
  createdBy: string;
  createdAt: number;
  updatedAt: number;
  /** Why its record cannot be read, where that is so; then it accepts nothing. */
  unreadable?: string;
}

/** The secrets that are accepted at `now` (epoch ms), the current one first. */
export const activeSecrets = ({ secrets }: WebhookSource, now: number): WebhookSecret[] =>
  secrets.filter(({ endsAt }) => endsAt === null || endsAt > now);
