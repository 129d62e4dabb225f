import { ACTOR_TYPES, type Actor } from '../../audit/actor.js';
import type { AuditEntry, AuditObject } from '../../audit/audit-entry.js';
import type { Verification } from '../../audit/audit.service.js';
import type { Json } from '../../domain/json.js';
import { toIso, toIsoOrNull } from '../../domain/instants.js';
import { NEXT_CURSOR, respond, Shown, ShownInstant, ShownJson } from '../http/expose.js';

const OBJECT_TYPES: AuditObject['type'][] = [
  'task',
  'run',
  'settings',
  'queue',
  'api-key',
  'webhook-source',
  'notification-channel',
  'notification-rule',
  'report-schedule',
  'audit',
];

/** Who did it, and from where. */
export class AuditActorResponse {
  @Shown({ enum: [...ACTOR_TYPES] })
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
  @Shown({ type: 'integer', description: 'The number of the entry in the chain, from 1 on, without a gap.' })
  sequence!: number;

  @Shown()
  id!: string;

  @ShownInstant()
  at!: string;

  @Shown({ type: AuditActorResponse })
  actor!: AuditActorResponse;

  @Shown({ description: 'What was done, such as task.created or run.outcomes.' })
  action!: string;

  @Shown({ type: AuditObjectResponse })
  object!: AuditObjectResponse;

  @ShownJson('The changed members before the change; secrets are masked.')
  before!: Json;

  @ShownJson('The changed members after the change; secrets are masked.')
  after!: Json;

  @Shown({ description: 'The hash of the previous entry.' })
  previous!: string;

  @Shown({ description: 'SHA-256 over the canonical JSON of the entry as it is stored.' })
  hash!: string;
}

/** The first entry that differs from what was written. */
export class InvalidEntryResponse {
  @Shown({ type: 'integer' })
  sequence!: number;

  @Shown()
  reason!: string;
}

/** The last entry of a trail. Its sequence is the number of entries that the trail has ever had. */
export class TrailHeadResponse {
  @Shown({ type: 'integer' })
  sequence!: number;

  @Shown()
  hash!: string;

  @ShownInstant({ nullable: true, description: 'When it was signed; null if an earlier version signed it.' })
  at!: string | null;
}

/** What a place outside of the store, where heads of the trail are kept, says about the trail. */
export class AnchorReadingResponse {
  @Shown({ enum: ['file', 'url', 'request'] })
  source!: string;

  @Shown({ type: 'integer', description: 'How many heads of the trail it has.' })
  heads!: number;

  @Shown({ type: 'integer', description: 'How many of those no instance signed, or only under a key that is gone.' })
  ignored!: number;

  @Shown({ required: false, description: 'Why nothing could be learnt from it.' })
  fault?: string;
}

/** Whether the audit trail is unchanged since it was written. */
export class VerificationResponse {
  @Shown()
  valid!: boolean;

  @Shown({ type: 'integer', description: 'How many entries were found valid.' })
  checked!: number;

  @Shown({ type: InvalidEntryResponse, required: false })
  firstInvalid?: InvalidEntryResponse;

  @Shown({
    type: TrailHeadResponse,
    required: false,
    description:
      'The last entry of a valid trail. Keep it elsewhere: it shows later whether an older state of the trail was put back.',
  })
  head?: TrailHeadResponse;

  @Shown({ type: [AnchorReadingResponse], required: false, description: 'What was asked outside of the store.' })
  anchors?: AnchorReadingResponse[];
}

/** Shows an entry as it was read. */
export const toAuditEntryResponse = (entry: AuditEntry): AuditEntryResponse =>
  respond(AuditEntryResponse, { ...entry, at: toIso(entry.at) } as unknown as AuditEntryResponse);

export function toVerificationResponse({ head, ...verification }: Verification): VerificationResponse {
  const shown = head && { ...head, at: toIsoOrNull(head.at) };
  return respond(VerificationResponse, { ...verification, ...(shown && { head: shown }) });
}

/** A page of the audit trail, newest first. */
export class AuditPage {
  @Shown({ type: [AuditEntryResponse] })
  items!: AuditEntryResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}
