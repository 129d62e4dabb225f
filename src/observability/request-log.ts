import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { traceOfRequest } from './traced-requests.js';

/** Text that looks like a token or an API key, in case somebody puts one into a path. */
const CREDENTIAL = /(?<![\w-])eyJ[\w-]{1,4096}(?:\.[\w-]+)+|trk_\w+/g;

/** Logs every answered request at debug level, without query, headers and body, which may hold secrets. */
export function logRequests(server: FastifyInstance): void {
  const logger = new Logger('Http');
  server.addHook('onResponse', (request, reply, done) => {
    const { id, method } = request;
    const path = request.url.split('?')[0]!.replace(CREDENTIAL, '***');
    const ms = Math.round(reply.elapsedTime);
    logger.debug({ request: id, method, path, status: reply.statusCode, ms, ...traceOfRequest(request) });
    done();
  });
}
