import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../rest/http/problems/problem.js';
import { sendProblem } from '../rest/http/problems/problem.filter.js';
import { pageFor, wayUp, type SignIn } from './page.js';
import { PAGE_HEADERS } from './page-headers.js';
import type { SignInCodes } from './sign-in-codes.js';

/** Where the build of the dashboard is: in the package, and in a clone. */
const PAGES = fileURLToPath(new URL('../../dist/dashboard/pages/', import.meta.url));
const BASE = '/dashboard';
const YEAR_MS = 31_536_000_000;

const NOT_FOUND = { problem: problem(404, 'not-found', 'No page is at this address.'), headers: {} };
const NOT_BUILT = {
  problem: problem(404, 'not-found', 'The dashboard is not built here: npm start builds it, and the package has it.'),
  headers: {},
};
const NO_CODE = {
  problem: problem(403, 'forbidden', 'The code is not known: each signs in once, and only for 15 minutes.'),
  headers: {},
};

export interface DashboardOptions {
  signIn: SignIn;
  /** Who exchanges codes for tokens, if there are codes. */
  codes?: SignInCodes;
  /** The folder of the built pages. */
  pages?: string;
}

/**
 * Serves the dashboard at /dashboard: its files, which browsers may keep for ever since their names change with their
 * contents, and at every other address below it the page. Needs no token: pages hold nothing of an organization.
 */
export function serveDashboard(app: NestFastifyApplication, { signIn, codes, pages = PAGES }: DashboardOptions): void {
  const server = app.getHttpAdapter().getInstance();
  if (codes) serveExchange(server, codes);
  const template = existsSync(`${pages}index.html`) ? readFileSync(`${pages}index.html`, 'utf8') : null;
  if (template !== null) serveFiles(server, pages);
  // Relative, so that it holds behind a proxy that puts a path before it.
  server.get(BASE, (_, reply) => reply.redirect('dashboard/', 302));
  server.get(`${BASE}/*`, (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    if (template === null) return sendProblem(reply, NOT_BUILT);
    if (!wantsPage(request)) return sendProblem(reply, NOT_FOUND);
    return reply.headers(PAGE_HEADERS).send(pageFor(template, wayUp(path, BASE), signIn));
  });
}

function serveFiles(server: FastifyInstance, pages: string): void {
  void server.register(fastifyStatic, {
    root: `${pages}assets`,
    prefix: `${BASE}/assets/`,
    decorateReply: false,
    index: false,
    preCompressed: true,
    immutable: true,
    maxAge: YEAR_MS,
    setHeaders: (reply) => void reply.setHeader('vary', 'accept-encoding'),
  });
}

/** The link that the service prints at its start holds a code, so that no token is in the history of a browser. */
function serveExchange(server: FastifyInstance, codes: SignInCodes): void {
  server.post(`${BASE}/sign-in`, (request, reply) => {
    const { code } = (request.body ?? {}) as { code?: unknown };
    const token = typeof code === 'string' ? codes.exchange(code) : null;
    if (token === null) return sendProblem(reply, NO_CODE);
    return reply.header('cache-control', 'no-store').send({ token });
  });
}

const wantsPage = ({ headers: { accept = '*/*' } }: FastifyRequest): boolean => /text\/(html|\*)|\*\/\*/.test(accept);
