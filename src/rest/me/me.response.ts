import type { Caller } from '../../auth/caller.js';
import { ROLES, type Role } from '../../auth/roles.js';
import { toIso } from '../../domain/instants.js';
import { respond, Shown, ShownInstant } from '../http/expose.js';

/** Who sends a request, as the service knows it. */
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

  @ShownInstant({ description: 'The time of the service.' })
  at!: string;

  @Shown({ example: '0.1.0', description: 'The version of the service.' })
  version!: string;
}

/** Shows a caller. */
export const toMeResponse = (caller: Caller, atMs: number, version: string): MeResponse =>
  respond(MeResponse, {
    subject: caller.subject,
    organization: caller.organization,
    roles: [...caller.roles],
    installation: caller.installation === true,
    apiKey: caller.apiKey ?? null,
    at: toIso(atMs),
    version,
  });
