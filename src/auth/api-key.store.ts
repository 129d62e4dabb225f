/** A key with which a program is let in, as it is stored: the key itself is not. */
export interface ApiKey {
  id: string;
  organization: string;
  name: string;
  /** The beginning of the key, by which it is found and recognised. */
  prefix: string;
  /** SHA-256 of the whole key, in hexadecimal. */
  hash: string;
  /** As they were stored: one that this version does not know permits nothing. */
  roles: readonly string[];
  /** The subject that made it. */
  createdBy: string;
  /** Instants in epoch milliseconds. */
  createdAt: number;
  expiresAt: number;
  /** Only roughly; null when it never was. */
  lastUsedAt: number | null;
}

/** A stretch of a list, newest id first. */
export interface ApiKeyPage {
  after?: string | undefined;
  limit: number;
}

/** Reads the API keys of organizations for people, apart from the engine. */
export abstract class ApiKeyReads {
  /** The organization's keys, by id descending. */
  abstract list(organization: string, page: ApiKeyPage): Promise<ApiKey[]>;
}

/** Keeps the API keys of organizations. */
export abstract class ApiKeyStore extends ApiKeyReads {
  /** Stores a new key; one whose id is known stays as it is. */
  abstract insert(key: ApiKey): Promise<void>;

  /** Removes the key; resolves to what it was, or null when there is none. */
  abstract remove(organization: string, id: string): Promise<ApiKey | null>;

  /** Remembers that the key was used at the instant `at` (epoch ms); a key that is gone stays gone. */
  abstract touch(organization: string, id: string, at: number): Promise<void>;

  /** Authentication: the key of any organization with this prefix. */
  abstract find(prefix: string): Promise<ApiKey | null>;
}
