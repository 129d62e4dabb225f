import type { Caller } from '../../auth/caller.js';
import { ROLES, type Role } from '../../auth/roles.js';
import { toIso, toIsoOrNull } from '../../domain/instants.js';
import { respond, Shown, ShownInstant } from '../http/expose.js';

/** How much one request may ask for, and how many there may be. */
export class MeLimitsResponse {
  @Shown({ type: 'integer', description: 'The most items of a page.' })
  pageSize!: number;

  @Shown({ type: 'integer', description: 'The most tasks that one request creates.' })
  batch!: number;

  @Shown({ type: 'integer', description: 'The largest body, in bytes.' })
  bodyBytes!: number;

  @Shown({ type: 'integer', description: 'The largest task as it is stored, in bytes.' })
  taskBytes!: number;

  @Shown({ type: 'integer', description: 'Requests of the organization in a minute, on each instance.' })
  requestsPerMinute!: number;
}

/** For how many days the installation keeps something; `GET /v1/usage` tells how long runs of the organization are kept. */
export class MeRetentionResponse {
  @Shown({ type: 'integer' })
  runsDays!: number;

  @Shown({
    type: 'integer',
    nullable: true,
    description: 'Runs that failed or timed out; null for as long as the others.',
  })
  failedRunsDays!: number | null;

  @Shown({ type: 'integer' })
  eventsDays!: number;

  @Shown({ type: 'integer' })
  auditDays!: number;

  @Shown({ type: 'integer', description: 'The figures of GET /v1/stats and /v1/stats/series.' })
  figuresDays!: number;
}

/** What the service is set up for. */
export class MeFeaturesResponse {
  @Shown({ description: 'Whether notifications and reports can be e-mails.' })
  email!: boolean;

  @Shown({ description: 'Whether runs are traced.' })
  tracing!: boolean;
}

/** Who sends a request, as the service knows it, and what it may expect. */
export class MeResponse {
  @Shown({ description: 'Who it is, in the audit trail.' })
  subject!: string;

  @Shown({ description: 'The organization whose tasks it can reach.' })
  organization!: string;

  @Shown({ type: [String], enum: ROLES, description: 'Each role includes the ones before it.' })
  roles!: readonly Role[];

  @Shown({ description: 'Whether it operates the installation.' })
  installation!: boolean;

  @Shown({ type: String, nullable: true, format: 'uuid', description: 'The API key that it uses; null for any other.' })
  apiKey!: string | null;

  @ShownInstant({
    nullable: true,
    description: 'Until when its token or key is good; null where an application knows its callers itself.',
  })
  expiresAt!: string | null;

  @ShownInstant({ description: 'The time of the service.' })
  at!: string;

  @Shown({ example: '0.1.0', description: 'The version of the service.' })
  version!: string;

  @Shown({ type: MeLimitsResponse })
  limits!: MeLimitsResponse;

  @Shown({ type: MeRetentionResponse })
  retention!: MeRetentionResponse;

  @Shown({ type: [String], description: 'The types of action that a living instance runs.' })
  actions!: string[];

  @Shown({ type: [String], description: 'The handlers of the living instances, by name; 1,000 at most.' })
  handlers!: string[];

  @Shown({ type: [String], description: 'The types of trigger that this instance knows.' })
  triggerTypes!: string[];

  @Shown({ type: MeFeaturesResponse })
  features!: MeFeaturesResponse;
}

/** What the service tells of itself to everybody. */
export type Surroundings = Pick<
  MeResponse,
  'version' | 'limits' | 'retention' | 'actions' | 'handlers' | 'triggerTypes' | 'features'
>;

/** Shows a caller. */
export const toMeResponse = (caller: Caller, atMs: number, surroundings: Surroundings): MeResponse =>
  respond(MeResponse, {
    subject: caller.subject,
    organization: caller.organization,
    roles: [...caller.roles],
    installation: caller.installation === true,
    apiKey: caller.apiKey ?? null,
    expiresAt: toIsoOrNull(caller.expiresAt ?? null),
    at: toIso(atMs),
    ...surroundings,
  });
