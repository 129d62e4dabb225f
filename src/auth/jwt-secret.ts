import { join } from 'node:path';
import { SettingsError } from '../domain/errors.js';
import { generatedKey } from '../secrets/generated-key.js';
import { dataDirectory } from '../settings/data-directory.js';
import type { Settings } from '../settings/settings.js';

/**
 * The secret that signs HS256 tokens: the configured one; null when an identity provider signs tokens instead;
 * otherwise a generated one next to the embedded store, which all processes on that store share. Rejects with a
 * `SettingsError`.
 */
export async function jwtSecretOf(
  settings: Pick<Settings, 'jwtSecret' | 'jwksUrl' | 'production' | 'storeUrl'>,
): Promise<string | null> {
  if (settings.jwtSecret !== null) return settings.jwtSecret;
  if (settings.jwksUrl !== null) return null;
  if (settings.production) throw new SettingsError('JWT_SECRET must be set in production (32 bytes or more).');
  return (await generatedKey(join(dataDirectory(settings), 'jwt.key'))).toString('base64');
}
