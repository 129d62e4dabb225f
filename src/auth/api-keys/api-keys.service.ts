import { Injectable } from '@nestjs/common';
import { AuditRecorder } from '../../audit/audit-recorder.js';
import { Clock } from '../../clock/clock.js';
import { InvalidInputError, NotFoundError } from '../../domain/errors.js';
import { newId } from '../../domain/ids.js';
import type { JsonObject } from '../../domain/json.js';
import { ApiKeyReads, ApiKeyStore, type ApiKey, type ApiKeyPage } from '../api-key.store.js';
import { ForbiddenError } from '../auth-errors.js';
import type { Caller } from '../caller.js';
import { INSTALLATION_ADMIN, permits, type Role } from '../roles.js';
import { ApiKeyVerifier } from './api-key.verifier.js';
import { hashOf, newKeyText } from './key-text.js';

const DAY_MS = 86_400_000;
const LIFE_MS = 90 * DAY_MS;
const LONGEST_LIFE_MS = 366 * DAY_MS;

/** The properties of a new key. */
export interface NewApiKey {
  name: string;
  roles: readonly Role[];
  /** Whether it has the operator's rights. */
  installation?: boolean | undefined;
  /** Epoch ms; 90 days from now by default. */
  expiresAt?: number | undefined;
}

/** Creates, lists and revokes the keys that let programs in. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly store: ApiKeyStore,
    private readonly reads: ApiKeyReads,
    private readonly verifier: ApiKeyVerifier,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
  ) {}

  /**
   * A new key of the caller's organization and its text, which cannot be shown again. It replaces a key with the same
   * `id`, whose text was lost.
   * @throws ForbiddenError
   */
  async create(
    caller: Caller,
    { name, roles, installation, expiresAt }: NewApiKey,
    id?: string,
  ): Promise<{ key: ApiKey; text: string }> {
    const beyond = roles.find((role) => !permits(caller.roles, role));
    if (beyond) throw new ForbiddenError(beyond);
    if (installation === true && caller.installation !== true) throw new ForbiddenError('installation');
    const now = this.clock.now();
    const { text, prefix } = newKeyText();
    const { organization, subject: createdBy } = caller;
    const identity = {
      id: id ?? newId(now),
      organization,
      name,
      prefix,
      hash: hashOf(text),
      createdBy,
      createdAt: now,
    };
    const rights = installation === true ? [...roles, INSTALLATION_ADMIN] : roles;
    const key = { ...identity, roles: rights, expiresAt: endOf(expiresAt, now), lastUsedAt: null };
    if (id !== undefined) await this.removeIfThere(organization, id);
    await this.store.insert(key);
    await this.audit.record({ ...subjectOf(key), action: 'api-key.created', after: viewOf(key) });
    return { key, text };
  }

  list(organization: string, page: ApiKeyPage): Promise<ApiKey[]> {
    return this.reads.list(organization, page);
  }

  /** Revokes a key: at once on this instance, within two seconds on others. @throws NotFoundError */
  async revoke(organization: string, id: string): Promise<void> {
    const key = await this.removeIfThere(organization, id);
    if (!key) throw new NotFoundError('API key', id);
    await this.audit.record({ ...subjectOf(key), action: 'api-key.revoked', before: viewOf(key) });
  }

  private async removeIfThere(organization: string, id: string): Promise<ApiKey | null> {
    const key = await this.store.remove(organization, id);
    if (key) this.verifier.forget(key.prefix);
    return key;
  }
}

function endOf(expiresAt: number | undefined, now: number): number {
  const end = expiresAt ?? now + LIFE_MS;
  if (end > now && end <= now + LONGEST_LIFE_MS) return end;
  throw new InvalidInputError([{ pointer: '/expiresAt', detail: 'must lie in the future, at most 366 days ahead' }]);
}

const subjectOf = ({ organization, id }: ApiKey) => ({ organization, object: { type: 'api-key' as const, id } });

/** The view of a key in the audit trail: nothing from which the key could be derived. */
const viewOf = ({ name, prefix, roles, expiresAt }: ApiKey): JsonObject => ({
  name,
  prefix,
  roles: [...roles],
  expiresAt: new Date(expiresAt).toISOString(),
});
