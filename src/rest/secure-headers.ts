import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';

/** Nothing from elsewhere, and nothing within a page of somebody else's. Swagger UI has its styles in the page. */
const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
  },
};

const setHeaders = helmet({
  contentSecurityPolicy: CONTENT_SECURITY_POLICY,
  // Only the host itself is ours to speak for; browsers look at this behind TLS alone.
  strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
  frameguard: { action: 'deny' },
});

/** What every answer says to browsers. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = collected();

/** Helmet writes to a response; this one only remembers. */
function collected(): Record<string, string> {
  const headers: Record<string, string> = {};
  const response = {
    setHeader: (name: string, value: string) => void (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  setHeaders({} as IncomingMessage, response as unknown as ServerResponse, () => undefined);
  return headers;
}

/** Lets every answer tell browsers what they must not do with it, and that what is behind a token is kept nowhere. */
export function secureHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith('/v1/')) void reply.header('cache-control', 'no-store');
    void reply.headers(SECURITY_HEADERS);
    done();
  });
}
