import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { problem } from '../rest/http/problems/problem.js';
import { sendProblem } from '../rest/http/problems/problem.filter.js';
import { CONTENT_SECURITY_POLICY } from './page-headers.js';

/** Where the build of the guide is: in a clone, and in the image. */
const GUIDE = fileURLToPath(new URL('../../dist/guide/', import.meta.url));
const BASE = '/guide';
const YEAR_S = 31_536_000;

const NOT_BUILT = {
  problem: problem(
    404,
    'not-found',
    'The guide is not built here: in a clone, npm run build:site builds it; the image has it.',
  ),
  headers: {},
};

/** As of the dashboard; the framework of the guide makes its markup by a policy of its name. */
const POLICY = CONTENT_SECURITY_POLICY.replace("trusted-types 'none'", 'trusted-types vue');

/** Serves the documents as pages at /guide, without a token: they are the same for everybody. */
export function serveGuide(app: NestFastifyApplication, guide = GUIDE): void {
  const server = app.getHttpAdapter().getInstance();
  server.get(BASE, (_, reply) => reply.redirect('guide/start', 302));
  if (!existsSync(`${guide}start.html`)) {
    server.get(`${BASE}/*`, (_, reply) => sendProblem(reply, NOT_BUILT));
    return;
  }
  server.get(`${BASE}/`, (_, reply) => reply.redirect('start', 302));
  void server.register(async (pages) => {
    // After what every answer gets: pages of the guide may do less.
    pages.addHook('onSend', (_, reply, payload, done) => {
      void reply.headers({ 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer' });
      done(null, payload);
    });
    await pages.register(fastifyStatic, {
      ...{ root: guide, prefix: `${BASE}/`, decorateReply: false, index: false, extensions: ['html'] },
      cacheControl: false,
      setHeaders: (reply, path) => {
        // The names of assets change with their contents.
        const isAsset = path.includes('/assets/');
        reply.setHeader('cache-control', isAsset ? `public, max-age=${YEAR_S}, immutable` : 'no-cache');
      },
    });
  });
}
