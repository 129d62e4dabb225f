import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseJsonBody } from './json-body.js';
import { problem } from './problems/problem.js';
import { knownAnswer, sendProblem } from './problems/problem.filter.js';

/** The largest body of a request in bytes. */
export const BODY_LIMIT = 1_048_576;
/** How long a request may take to arrive, and its headers alone. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 15_000;
/** How long a connection may be silent; a followed log has heartbeats in between. */
const CONNECTION_TIMEOUT_MS = 120_000;
const KEEP_ALIVE_MS = 72_000;
const NOT_VALID = { problem: problem(400, 'bad-request', 'The request is not valid.'), headers: {} };
const JSON_TYPES = ['application/json', 'application/merge-patch+json'];

/** The HTTP server that the service listens with: JSON bodies only, bounded in size and time. */
export function createHttpAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    genReqId: requestId,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    routerOptions: { maxParamLength: 500 },
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, knownAnswer(error) ?? NOT_VALID),
  });
  readOnlyJson(adapter.getInstance());
  adapter.setOnRequestHook((request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  return adapter;
}

/** A caller's own request id is taken over where it is harmless in a log. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID();
}

function readOnlyJson(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(JSON_TYPES, { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseJsonBody(body.toString()));
    } catch (error) {
      done(error as Error, undefined);
    }
  });
}
