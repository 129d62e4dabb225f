import type { Calendar } from '../../domain/calendar.js';
import type { Quotas } from '../../domain/quotas.js';
import type { StoredSettings } from '../../organizations/settings.store.js';
import { respond, Shown } from './expose.js';

/** What an organization has set, with the version, which is sent as `ETag` only: the body can be put as it was read. */
export class SettingsResponse {
  @Shown({ type: 'object', additionalProperties: { $ref: '#/components/schemas/Calendar' } })
  calendars!: Record<string, Calendar>;

  @Shown({ type: 'object', additionalProperties: { type: 'integer' } })
  resources!: Record<string, number>;

  @Shown({ type: 'object', additionalProperties: { type: 'integer' } })
  quotas!: Quotas;

  version!: string;
}

export function toSettingsResponse({ settings, version }: StoredSettings): SettingsResponse {
  const response = respond(SettingsResponse, { ...settings } as SettingsResponse);
  Object.defineProperty(response, 'version', { value: String(version), enumerable: false });
  return response;
}
