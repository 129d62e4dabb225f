import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { UnsupportedMediaTypeException } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SystemClock } from '../../clock/system-clock.js';
import type { HttpSettings } from '../../settings/settings.js';
import { connectionsOf } from './connections.js';
import { setBodySize } from './body-quota.interceptor.js';
import { parseJsonBody } from './json-body.js';
import { problem } from './problems/problem.js';
import { knownAnswer, sendProblem } from './problems/problem.filter.js';
import { dropForwardedPorts } from './protocol/forwarded.js';
import { isMisplacedPatch, JSON_TYPE, MERGE_PATCH } from './protocol/media-types.js';
import { answerMethods } from './protocol/methods.js';
import { answerParserError, refuseExpectations } from './protocol/parser-answers.js';
import { demandClearTargets, pathOfTarget } from './protocol/request-target.js';
import { readRawBodies, takesRawBody } from './raw-body.js';
import { SECURITY_HEADERS, secureHeaders } from './secure-headers.js';

/** The largest request body in bytes. */
export const BODY_LIMIT = 1_048_576;
/** A body of this many bytes may take some milliseconds to parse. */
const LARGE_BODY = 65_536;
/** How long a connection may be silent; a followed log sends heartbeats in between. */
const CONNECTION_TIMEOUT_MS = 120_000;
const KEEP_ALIVE_MS = 72_000;
/** How long requests may go on when the server closes (ms). */
const LAST_ANSWERS_MS = 1000;
/** The longest delay until a timed-out request is noticed, in milliseconds. */
const LONGEST_CHECK_MS = 5000;
const NOT_VALID = { problem: problem(400, 'bad-request', 'The request is not valid.'), headers: {} };
const ENCODED = {
  problem: problem(415, 'unsupported-media-type', 'The body must be sent without a content encoding.'),
  headers: { 'accept-encoding': 'identity' },
};
const MISPLACED = {
  problem: problem(415, 'unsupported-media-type', 'A merge patch is for PATCH alone.'),
  headers: {},
};
const JSON_TYPES = [JSON_TYPE, MERGE_PATCH];

/** The HTTP server of the service: JSON bodies only, bounded in size, time and number. */
export function createHttpAdapter(settings: HttpSettings): FastifyAdapter {
  const { trustProxy, headersTimeoutMs, requestTimeoutMs } = settings;
  const adapter = new FastifyAdapter({
    genReqId: requestId,
    bodyLimit: BODY_LIMIT,
    // Without a trusted address, nobody's X-Forwarded-For is believed.
    trustProxy: trustProxy.length > 0 ? trustProxy : false,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      // A hook refuses it, as a problem.
      requireHostHeader: false,
      headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
      connectionsCheckingInterval: Math.min(LONGEST_CHECK_MS, headersTimeoutMs),
    },
    routerOptions: { maxParamLength: 500 },
    rewriteUrl: pathOfTarget,
    clientErrorHandler: answerParserError,
    frameworkErrors: (error: FastifyError, { id }: FastifyRequest, reply: FastifyReply) => {
      // Hooks do not run when no route was found.
      void reply.headers({ ...SECURITY_HEADERS, 'x-request-id': id });
      sendProblem(reply, knownAnswer(error) ?? NOT_VALID);
    },
  });
  const server = adapter.getInstance();
  server.server.maxConnections = settings.maxConnections;
  closeConnections(server);
  refuseExpectations(server.server);
  secureHeaders(server);
  dropForwardedPorts(server);
  readOnlyJson(server);
  readRawBodies(server, BODY_LIMIT);
  adapter.setOnRequestHook((request, reply, done) => {
    void reply.header('x-request-id', request.id);
    // A compressed body could be a million times larger than what was sent.
    if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') sendProblem(reply, ENCODED);
    else if (isMisplacedPatch(request)) sendProblem(reply, MISPLACED);
    else done();
  });
  demandClearTargets(server);
  answerMethods(server);
  return adapter;
}

/** Closes idle, silent and half-open connections with the server, and others once they are answered. */
function closeConnections(server: FastifyInstance): void {
  const connections = connectionsOf(server.server);
  server.addHook('preClose', () => connections.close(new SystemClock().sleep(LAST_ANSWERS_MS)));
}

/** A caller's own request id is kept if it is harmless in a log. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID();
}

const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/** JSON is UTF-8 (RFC 8259 §8.1): a body that declares another charset is not read. */
function demandUtf8(request: FastifyRequest): void {
  const charset = CHARSET.exec(request.headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw new UnsupportedMediaTypeException();
}

function readOnlyJson(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(JSON_TYPES, { parseAs: 'buffer' }, (request, body, done) => {
    setBodySize(request, body.length);
    if (takesRawBody(request)) return done(null, body);
    try {
      demandUtf8(request);
      const value = parseJsonBody(body as Buffer);
      // The work on a large body gets a turn of its own.
      if (body.length > LARGE_BODY) setImmediate(() => done(null, value));
      else done(null, value);
    } catch (error) {
      done(error as Error, undefined);
    }
  });
}
