import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { problem } from '../problems/problem.js';
import { sendProblem } from '../problems/problem.filter.js';
import { mediaTypeHeaders } from './media-types.js';

/** A path pattern of routes, with the methods that it answers. */
interface Route {
  path: RegExp;
  methods: Set<string>;
}

const ALWAYS = 'OPTIONS';

/** Knows which methods each path answers. */
export class Methods {
  private readonly routes = new Map<string, Route>();

  add({ url, method }: Pick<RouteOptions, 'url' | 'method'>): void {
    const route = this.routes.get(url) ?? { path: pathOf(url), methods: new Set<string>() };
    for (const name of [method].flat()) route.methods.add(name);
    this.routes.set(url, route);
  }

  /** Whether a route has exactly this path (so no part of it is a parameter), but not the method. */
  lacks(path: string, method: string): boolean {
    return this.routes.get(path)?.methods.has(method) === false;
  }

  /** The methods of the path, in order; none when nothing is there. */
  of(path: string): string[] {
    const own = this.routes.get(path);
    const matching = own ? [own] : [...this.routes.values()].filter((route) => route.path.test(path));
    if (matching.length === 0) return [];
    return [...new Set([...matching.flatMap(({ methods }) => [...methods]), ALWAYS])].sort();
  }
}

const SPECIAL = /[.*+?^${}()|[\]\\]/g;

/** The pattern of a route's paths: `:name` stands for one part, a `*` for any rest. */
function pathOf(url: string): RegExp {
  const parts = url.split(/(:[^/]+|\*)/);
  const pattern = parts.map((part, at) =>
    at % 2 === 0 ? part.replace(SPECIAL, '\\$&') : part === '*' ? '.*' : '[^/]+',
  );
  return new RegExp(`^${pattern.join('')}$`);
}

/**
 * Answers OPTIONS. Answers other methods that a known path does not have with the list of those it has (RFC 9110,
 * 15.5.6).
 */
export function answerMethods(server: FastifyInstance): void {
  const known = new Methods();
  server.addHook('onRoute', (route) => known.add(route));
  server.addHook('onRequest', (request, reply, done) => {
    const path = request.url.split('?', 1)[0] ?? '';
    if (!request.is404 && !known.lacks(path, request.method)) return done();
    const methods = known.of(path);
    if (request.method === 'OPTIONS' && (methods.length > 0 || path === '*')) return tell(reply, methods);
    if (methods.length === 0) return done();
    return refuse(request, reply, methods);
  });
}

function tell(reply: FastifyReply, methods: readonly string[]): void {
  const types = Object.assign({}, ...methods.map(mediaTypeHeaders)) as Record<string, string>;
  void reply
    .status(204)
    .headers({ ...(methods.length > 0 && { allow: methods.join(', ') }), ...types })
    .send();
}

function refuse({ method }: FastifyRequest, reply: FastifyReply, methods: readonly string[]): void {
  const detail = `${method} is nothing that can be done at this path; ${methods.join(', ')} are.`;
  const headers = { allow: methods.join(', ') };
  sendProblem(reply, { problem: problem(405, 'method-not-allowed', detail), headers });
}
