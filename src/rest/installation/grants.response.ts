import type { Quotas } from '../../domain/quotas.js';
import type { StoredGrants } from '../../organizations/grants.service.js';
import { respond, Shown } from '../http/expose.js';

/** What is set for an organization. The version is sent as `ETag` only, so the body can be put back as it was read. */
export class GrantsResponse {
  @Shown({ type: 'number' })
  weight!: number;

  @Shown({ type: 'object', additionalProperties: { type: 'integer' } })
  quotas!: Quotas;

  version!: string;
}

export function toGrantsResponse({ grants, version }: StoredGrants): GrantsResponse {
  const response = respond(GrantsResponse, { ...grants } as GrantsResponse);
  Object.defineProperty(response, 'version', { value: String(version), enumerable: false });
  return response;
}
