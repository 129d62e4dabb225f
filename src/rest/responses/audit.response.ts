import type { Actor } from '../../audit/actor.js';
import type { AuditEntry, AuditObject } from '../../audit/audit-entry.js';
import { OUTCOMES } from '../../audit/outcome-feed.js';
import type { Verification } from '../../audit/audit.service.js';
import type { Json } from '../../domain/json.js';
import { toIso } from '../../domain/instants.js';
import { countedOutcomes } from './counted-outcomes.js';
import { respond, Shown, ShownInstant, ShownJson } from './expose.js';

const ACTOR_TYPES: Actor['type'][] = ['user', 'api-key', 'webhook', 'module', 'engine'];
const OBJECT_TYPES: AuditObject['type'][] = ['task', 'run', 'settings', 'api-key', 'webhook-source', 'audit'];

/** Who did it, and from where. */
export class AuditActorResponse {
  @Shown({ enum: ACTOR_TYPES })
  type!: Actor['type'];

  @Shown({ description: 'The subject of the token, or the id of the key or the source.' })
  id!: string;

  @Shown({ type: [String] })
  roles!: string[];

  @Shown({ type: String, nullable: true })
  address!: string | null;

  @Shown({ type: String, nullable: true })
  requestId!: string | null;
}

/** What it was done to. */
export class AuditObjectResponse {
  @Shown({ enum: OBJECT_TYPES })
  type!: AuditObject['type'];

  @Shown()
  id!: string;
}

/** One entry of the audit trail. */
export class AuditEntryResponse {
  @Shown({ type: 'integer', description: 'Its place in the chain, from 1 on, without a gap.' })
  sequence!: number;

  @Shown()
  id!: string;

  @ShownInstant()
  at!: string;

  @Shown({ type: AuditActorResponse })
  actor!: AuditActorResponse;

  @Shown({ description: 'Such as task.created or run.outcomes.' })
  action!: string;

  @Shown({ type: AuditObjectResponse })
  object!: AuditObjectResponse;

  @ShownJson('The members that differ, as they were; secrets are masked.')
  before!: Json;

  @ShownJson('The members that differ, as they are.')
  after!: Json;

  @Shown({ description: 'The hash of the entry before.' })
  previous!: string;

  @Shown({ description: 'SHA-256 over the canonical JSON of the entry as it is stored.' })
  hash!: string;
}

/** The first entry that is not as it was written. */
export class InvalidEntryResponse {
  @Shown({ type: 'integer' })
  sequence!: number;

  @Shown()
  reason!: string;
}

/** The last entry of a trail, whose sequence is the number of entries that there were. */
export class TrailHeadResponse {
  @Shown({ type: 'integer' })
  sequence!: number;

  @Shown()
  hash!: string;

  @ShownInstant({ nullable: true, description: 'When it was signed; null by an earlier version.' })
  at!: string | null;
}

/** Whether the audit trail is as it was written. */
export class VerificationResponse {
  @Shown()
  valid!: boolean;

  @Shown({ type: 'integer', description: 'How many entries were found to be good.' })
  checked!: number;

  @Shown({ type: InvalidEntryResponse, required: false })
  firstInvalid?: InvalidEntryResponse;

  @Shown({
    type: TrailHeadResponse,
    required: false,
    description: 'The last entry of a valid trail. Kept elsewhere, it proves later that nothing of it was put back.',
  })
  head?: TrailHeadResponse;
}

/** An entry with all that it holds. */
export const toAuditEntryResponse = (entry: AuditEntry): AuditEntryResponse =>
  respond(AuditEntryResponse, { ...entry, at: toIso(entry.at) } as unknown as AuditEntryResponse);

/** An entry as lists show it: outcomes of runs as their number by state, with the path of a list of the runs. */
export const toListedEntryResponse = (entry: AuditEntry): AuditEntryResponse =>
  toAuditEntryResponse(entry.action === OUTCOMES ? { ...entry, after: countedOutcomes(entry.after) } : entry);

export function toVerificationResponse({ head, ...verification }: Verification): VerificationResponse {
  const shown = head && { ...head, at: head.at === null ? null : toIso(head.at) };
  return respond(VerificationResponse, { ...verification, ...(shown && { head: shown }) });
}
