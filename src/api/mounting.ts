import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpServer } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** A request to the API, on whichever server. */
export interface Passed {
  /** The request and the response of the host's framework, as its guards know them. */
  request: { ip?: string };
  response: unknown;
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  /** The path below the prefix, with the query. */
  url: string;
}

export type Receive = (passed: Passed) => Promise<void>;

interface ExpressLike {
  use(prefix: string, handler: (request: ExpressRequest, response: ServerResponse, next: () => void) => void): void;
}
type ExpressRequest = IncomingMessage & { ip?: string };

/** How a server of the host gets its requests to the API. */
export interface Mounting {
  /** Before the host's parsers of bodies are there: the body is left to the API. */
  prepare(): void;
  /** Behind whatever the host has put in front of its routes. */
  mount(receive: Receive): void;
}

/** @throws Error for a server that is neither Express nor Fastify */
export function mountingOn(adapter: HttpServer, prefix: string): Mounting {
  if (adapter.getType() === 'express') return onExpress(adapter.getInstance() as ExpressLike, prefix);
  if (adapter.getType() === 'fastify') return onFastify(adapter.getInstance() as FastifyInstance, prefix);
  throw new Error(`TaskRunnerApiModule knows Express and Fastify, and not ${adapter.getType()}.`);
}

/** No parser takes a body of this type. */
const NOBODYS_TYPE = 'application/x-scheduled-task-runner';

function onExpress(app: ExpressLike, prefix: string): Mounting {
  const types = new WeakMap<IncomingMessage, string | undefined>();
  return {
    prepare: () =>
      app.use(prefix, (request, _, next) => {
        types.set(request, request.headers['content-type']);
        request.headers['content-type'] = NOBODYS_TYPE;
        next();
      }),
    mount: (receive) =>
      app.use(prefix, (request, response) => {
        const type = types.get(request);
        if (type === undefined) delete request.headers['content-type'];
        else request.headers['content-type'] = type;
        const url = below(request.url ?? '/');
        void receive({ request, response, incoming: request, outgoing: response, url });
      }),
  };
}

function onFastify(app: FastifyInstance, prefix: string): Mounting {
  const mount = (receive: Receive) => (request: FastifyRequest, reply: FastifyReply) => {
    reply.hijack();
    const url = below((request.raw.url ?? '').slice(prefix.length));
    void receive({ request, response: reply, incoming: request.raw, outgoing: reply.raw, url });
  };
  return {
    prepare: () => undefined,
    mount: (receive) =>
      void app.register((scope, _, done) => {
        // The body is left to the API: nothing here reads it.
        scope.removeAllContentTypeParsers();
        scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
        scope.all(prefix, mount(receive));
        scope.all(`${prefix}/*`, mount(receive));
        done();
      }),
  };
}

const below = (url: string): string => (url.startsWith('/') ? url : `/${url}`);
