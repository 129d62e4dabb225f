import type { ApiKey } from '../auth/api-key.store.js';
import { instantOr, isInstant, isText, listOf, orNone, readable, textOr, type Shape } from './shape.js';

const KEY: Shape = {
  id: isText,
  organization: isText,
  name: isText,
  prefix: isText,
  hash: isText,
  roles: listOf(isText),
  createdBy: isText,
  createdAt: isInstant,
  expiresAt: isInstant,
  lastUsedAt: orNone(isInstant),
};

/** The key; one whose record cannot be read permits nothing, has ended, and can be removed. */
export function readableKey(known: { readonly [Name in keyof ApiKey]?: unknown }, read: () => ApiKey): ApiKey {
  return readable(read, KEY, () => ({
    ...{ id: String(known.id), organization: textOr(known.organization, ''), name: '(unreadable)' },
    ...{ prefix: textOr(known.prefix, ''), hash: '', roles: [], createdBy: textOr(known.createdBy, '') },
    ...{ createdAt: instantOr(known.createdAt, 0), expiresAt: 0, lastUsedAt: null },
  }));
}
