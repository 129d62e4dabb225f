import type { Calendar } from '../../domain/calendar.js';
import type { OrganizationSettings } from '../../domain/organization-settings.js';
import type { PoolSize } from '../../domain/resources.js';
import type { Quotas } from '../../domain/quotas.js';
import type { StoredSettings } from '../../organizations/settings.store.js';
import { respond, Shown } from '../http/expose.js';

/** An organization's settings. The version is sent as `ETag` only, so the body can be put back as it was read. */
export class SettingsResponse {
  @Shown({ type: 'object', additionalProperties: { $ref: '#/components/schemas/Calendar' } })
  calendars!: Record<string, Calendar>;

  @Shown({ type: 'object', additionalProperties: { $ref: '#/components/schemas/PoolSize' } })
  resources!: Record<string, PoolSize>;

  @Shown({ type: 'object', additionalProperties: { type: 'integer' } })
  quotas!: Quotas;

  @Shown({
    type: 'object',
    additionalProperties: { type: 'integer' },
    selfRequired: false,
    description: 'How many days finished runs are kept, where the organization has said so.',
  })
  retention?: OrganizationSettings['retention'];

  version!: string;
}

export function toSettingsResponse({ settings, version }: StoredSettings): SettingsResponse {
  const response = respond(SettingsResponse, { ...settings } as SettingsResponse);
  Object.defineProperty(response, 'version', { value: String(version), enumerable: false });
  return response;
}
