import { createHmac } from 'node:crypto';
import { jwtSecretOf } from '../../auth/jwt-secret.js';
import { settingsOf } from '../../settings/load-settings.js';
import type { Call } from '../command.js';
import { FailedError } from '../terminal/exit.js';

export interface TokenOptions {
  subject: string;
  organization: string;
  role: string[];
  minutes: number;
  installation?: boolean;
}

/** `token`: signs a token with the secret of the service whose settings the environment has. */
export async function token({ terminal }: Call, options: TokenOptions): Promise<void> {
  const settings = settingsOf(terminal.env);
  const secret = await jwtSecretOf(settings);
  if (secret === null) throw new FailedError('Tokens of this service come from an identity provider (JWKS_URL).');
  const now = Math.floor(terminal.clock.now() / 1000);
  const exp = now + options.minutes * 60;
  const { subject: sub, organization: org, role: roles, installation } = options;
  const { jwtIssuer: iss, jwtAudience: aud } = settings;
  const claims = {
    ...{ sub, org, roles, iat: now, exp },
    ...(installation && { installation: 'admin' }),
    ...(iss !== null && { iss }),
    ...(aud !== null && { aud }),
  };
  const signed = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`;
  const made = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  await terminal.show({ token: made, expiresAt: new Date(exp * 1000).toISOString() }, (value) => value.token);
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
