import { toIsoOrNull } from '../../domain/instants.js';
import type { InstallationSettings, SettingValue } from '../../domain/installation-settings.js';
import type { StoredInstallationSettings } from '../../organizations/installation-settings.service.js';
import type { RuntimeSettings } from '../../settings/runtime-settings.js';
import { respond, Shown, ShownAs, ShownInstant } from '../http/expose.js';

export class EffectiveSettingResponse {
  @Shown({
    oneOf: [{ type: 'integer', nullable: true }, { type: 'string' }, { type: 'boolean' }],
    description: 'The value that counts; null for no limit.',
  })
  value!: SettingValue;

  @Shown({ enum: ['settings', 'environment', 'default'], description: 'Where the value comes from.' })
  origin!: string;
}

/** What the operator has set for all instances, and what counts on the one that answers. */
export class InstallationSettingsResponse {
  @ShownAs('InstallationSettings')
  settings!: InstallationSettings;

  @Shown({
    type: 'object',
    additionalProperties: { $ref: '#/components/schemas/EffectiveSettingResponse' },
    description: 'Each setting of the instance that answers, as in "retention.runsDays".',
  })
  effective!: Record<string, EffectiveSettingResponse>;

  @Shown({ type: 'integer', description: 'How many times they were written; each instance tells by which it works.' })
  version!: number;

  @ShownInstant({ nullable: true, description: 'When they were written last.' })
  changedAt!: string | null;

  @Shown({ type: String, nullable: true, description: 'By whom they were written last.' })
  changedBy!: string | null;
}

export const toInstallationSettingsResponse = (
  { changedAt, ...stored }: StoredInstallationSettings,
  runtime: RuntimeSettings,
): InstallationSettingsResponse =>
  respond(InstallationSettingsResponse, {
    ...stored,
    changedAt: toIsoOrNull(changedAt),
    effective: runtime.effective(),
  });
