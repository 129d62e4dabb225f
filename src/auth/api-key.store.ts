/** A key that lets a program in, as stored: without the key itself. */
export interface ApiKey {
  id: string;
  organization: string;
  name: string;
  /** The start of the key, by which it is found and recognised. */
  prefix: string;
  /** SHA-256 of the whole key, in hexadecimal. */
  hash: string;
  /** As stored: a role that this version does not know permits nothing. */
  roles: readonly string[];
  /** The subject that created it. */
  createdBy: string;
  /** Instants in epoch milliseconds. */
  createdAt: number;
  expiresAt: number;
  /** Approximate; null when the key was never used. */
  lastUsedAt: number | null;
}

/** The part of the list that is asked for, newest id first. */
export interface ApiKeyPage {
  after?: string | undefined;
  limit: number;
}

/** Reads the API keys of organizations for people, separately from the engine. */
export abstract class ApiKeyReads {
  /** The organization's keys, by descending id. */
  abstract list(organization: string, page: ApiKeyPage): Promise<ApiKey[]>;
}

/** Keeps the API keys of organizations. */
export abstract class ApiKeyStore extends ApiKeyReads {
  /** Stores a new key; an existing key with this id stays unchanged. */
  abstract insert(key: ApiKey): Promise<void>;

  /** Removes the key; resolves to the removed key, or null when there was none. */
  abstract remove(organization: string, id: string): Promise<ApiKey | null>;

  /** Records that the key was used at `at` (epoch ms); a removed key stays removed. */
  abstract touch(organization: string, id: string, at: number): Promise<void>;

  /** Authentication: the key with this prefix, of any organization. */
  abstract find(prefix: string): Promise<ApiKey | null>;
}
