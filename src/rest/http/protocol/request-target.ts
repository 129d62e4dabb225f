import type { FastifyInstance, FastifyRequest } from 'fastify';
import { problem } from '../problems/problem.js';
import { sendProblem } from '../problems/problem.filter.js';

const badRequest = (detail: string) => ({ problem: problem(400, 'bad-request', detail), headers: {} });
const NO_HOST = badRequest('A request of HTTP/1.1 needs a Host header.');
const BAD_PERCENT = badRequest('A "%" in the URL must begin an encoded byte, and the bytes must be UTF-8.');

/** Refuses requests whose target is unclear (RFC 9112, 3.2; RFC 3986, 2.1). */
export function demandClearTargets(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (lacksHost(request)) return sendProblem(reply, NO_HOST);
    if (!isEncoded(request.url)) return sendProblem(reply, BAD_PERCENT);
    return done();
  });
}

const lacksHost = ({ raw, headers }: FastifyRequest): boolean =>
  headers.host === undefined && raw.httpVersion !== '1.0';

/** Whether every percent sign stands for a byte of UTF-8. */
function isEncoded(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

/** A request to a proxy names the server, too (RFC 9112, 3.2.2); routes know only paths. */
export const pathOfTarget = ({ url = '/' }: { url?: string | undefined }): string =>
  url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/^(?=\?|$)/, '/');
