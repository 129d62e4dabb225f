import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/** What looks like a token or an API key, should somebody have put one into a path. */
const CREDENTIAL = /eyJ[\w-]+(?:\.[\w-]+)+|trk_\w+/g;

/** Logs every request at debug once it is answered: no query, no header and no body, which may hold secrets. */
export function logRequests(server: FastifyInstance): void {
  const logger = new Logger('Http');
  server.addHook('onResponse', (request, reply, done) => {
    const { id, method } = request;
    const path = request.url.split('?')[0]!.replace(CREDENTIAL, '***');
    logger.debug({ request: id, method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime) });
    done();
  });
}
