import type { ActionOf } from '../../domain/action.js';
import { ActionError } from '../action.js';
import { renderText } from '../templates/render.js';
import type { RenderedSize } from '../templates/rendered-size.js';
import type { TemplateScope } from '../templates/template.js';
import { UrlTemplate } from '../templates/url-template.js';
import type { TlsIdentity } from './connections.js';
import type { TokenRequest } from './oauth-tokens.js';

type Credentials = Pick<ActionOf<'http'>, 'auth' | 'tls' | 'sign'>;

/** What authenticates a request, with its templates filled in. */
export interface FilledCredentials {
  /** Where the access token comes from; null when the request needs none. */
  grant: TokenRequest | null;
  tls: TlsIdentity | null;
  /** The secret that signs the request. */
  signingSecret: string | null;
  /** Those of the values that nobody may see. */
  hidden: string[];
}

/** Fills in what authenticates the requests of an action. Throws an `ActionError`. */
export function filledCredentials(
  { auth, tls, sign }: Credentials,
  organization: string,
  scope: TemplateScope,
  size: RenderedSize,
): FilledCredentials {
  const text = (template: string) => renderText(template, scope, size);
  const optional = (template: string | undefined) => (template === undefined ? undefined : text(template));
  const grant = auth && {
    organization,
    tokenUrl: new UrlTemplate(auth.tokenUrl).render(scope, size),
    clientId: text(auth.clientId),
    clientSecret: text(auth.clientSecret),
    scope: optional(auth.scope),
    audience: optional(auth.audience),
    authentication: auth.authentication ?? 'basic',
  };
  const identity = tls && {
    ...(tls.cert !== undefined && { cert: text(tls.cert) }),
    ...(tls.key !== undefined && { key: text(tls.key) }),
    ...(tls.ca !== undefined && { ca: text(tls.ca) }),
  };
  const signingSecret = optional(sign?.secret) ?? null;
  const hidden = [grant?.clientSecret, identity?.key, signingSecret].filter((value) => typeof value === 'string');
  return { grant: grant ?? null, tls: identity ?? null, signingSecret, hidden };
}

/** Refuses to show a certificate, or to trust a task's own authority, where nothing is encrypted. */
export function demandEncryption(url: URL, tls: TlsIdentity | null): void {
  if (tls === null || url.protocol === 'https:') return;
  throw new ActionError('tls-identity', 'A request with tls needs a URL that begins with https://.', {
    retryable: false,
  });
}
