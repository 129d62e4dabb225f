import type { ApiKey } from '../../auth/api-key.store.js';
import { INSTALLATION_ADMIN, ROLES } from '../../auth/roles.js';
import { toIso, toIsoOrNull } from '../../domain/instants.js';
import { respond, Shown, ShownInstant } from './expose.js';

/** A key of a program, without the key itself. */
export class ApiKeyResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown()
  name!: string;

  @Shown({ example: 'trk_0a1b2c3d4e5f', description: 'The beginning of the key, to recognise it by.' })
  prefix!: string;

  @Shown({ type: [String], enum: ROLES })
  roles!: readonly string[];

  @Shown({ nullable: true, type: String, enum: ['admin', null], description: 'Whether it may run the installation.' })
  installation!: 'admin' | null;

  @Shown({ description: 'The subject that made it.' })
  createdBy!: string;

  @ShownInstant()
  createdAt!: string;

  @ShownInstant()
  expiresAt!: string;

  @ShownInstant({ nullable: true, description: 'To within five minutes; null when it never was.' })
  lastUsedAt!: string | null;
}

/** A key that was just made. */
export class NewApiKeyResponse extends ApiKeyResponse {
  @Shown({ description: 'For "Authorization: Bearer". It is shown this once.' })
  key!: string;
}

const shown = (key: ApiKey): ApiKeyResponse => ({
  ...key,
  roles: key.roles.filter((role) => role !== INSTALLATION_ADMIN),
  installation: key.roles.includes(INSTALLATION_ADMIN) ? 'admin' : null,
  createdAt: toIso(key.createdAt),
  expiresAt: toIso(key.expiresAt),
  lastUsedAt: toIsoOrNull(key.lastUsedAt),
});

export const toApiKeyResponse = (key: ApiKey): ApiKeyResponse => respond(ApiKeyResponse, shown(key));

/** Shows a key together with its text. */
export const toNewApiKeyResponse = ({ key, text }: { key: ApiKey; text: string }): NewApiKeyResponse =>
  respond(NewApiKeyResponse, Object.assign(shown(key), { key: text }));
