import type { ApiKey } from '../../auth/api-key.store.js';
import { INSTALLATION_ADMIN, ROLES } from '../../auth/roles.js';
import { toIso, toIsoOrNull } from '../../domain/instants.js';
import { NEXT_CURSOR, respond, Shown, ShownInstant } from '../http/expose.js';

/** An API key of a program, without its text. */
export class ApiKeyResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown()
  name!: string;

  @Shown({ example: 'trk_0a1b2c3d4e5f', description: 'The beginning of the key, by which you recognise it.' })
  prefix!: string;

  @Shown({ type: [String], enum: ROLES })
  roles!: readonly string[];

  @Shown({
    nullable: true,
    type: String,
    enum: ['admin', null],
    description: '"admin" if the key has the claim of the operators of the installation.',
  })
  installation!: 'admin' | null;

  @Shown({ description: 'The subject that created it.' })
  createdBy!: string;

  @ShownInstant()
  createdAt!: string;

  @ShownInstant()
  expiresAt!: string;

  @ShownInstant({ nullable: true, description: 'To within five minutes; null if the key was never used.' })
  lastUsedAt!: string | null;
}

/** A new key, with its text. */
export class NewApiKeyResponse extends ApiKeyResponse {
  @Shown({ description: 'The key, for "Authorization: Bearer". Only this answer shows it.' })
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

/** A page of API keys, newest first. */
export class ApiKeyPage {
  @Shown({ type: [ApiKeyResponse] })
  items!: ApiKeyResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}
