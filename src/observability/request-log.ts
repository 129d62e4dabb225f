import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/** Logs every request at debug once it is answered: no query, no header and no body, which may hold secrets. */
export function logRequests(server: FastifyInstance): void {
  const logger = new Logger('Http');
  server.addHook('onResponse', (request, reply, done) => {
    const { id, method } = request;
    const path = request.url.split('?')[0];
    logger.debug({ request: id, method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime) });
    done();
  });
}
