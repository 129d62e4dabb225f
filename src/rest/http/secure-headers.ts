import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';

/** Loads nothing from elsewhere, and lets no other site frame a page. Swagger UI has its styles in the page. */
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
  // We can speak only for this host, not for its subdomains. Browsers apply this only behind TLS.
  strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
  frameguard: { action: 'deny' },
});

/** The security headers of every answer. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = collected();

/** Helmet writes to a response; this response only collects the headers. */
function collected(): Record<string, string> {
  const headers: Record<string, string> = {};
  const response = {
    setHeader: (name: string, value: string) => void (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  setHeaders({} as IncomingMessage, response as unknown as ServerResponse, () => undefined);
  return headers;
}

/** Adds to every answer what browsers must not do with it, and forbids storing anything that needs a token. */
export function secureHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith('/v1/')) void reply.header('cache-control', 'no-store');
    void reply.headers(SECURITY_HEADERS);
    done();
  });
}
