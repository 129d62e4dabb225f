import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mediaTypeHeaders } from '../protocol/media-types.js';
import { domainProblem } from './domain-problems.js';
import { httpProblem } from './http-problems.js';
import { PROBLEM_JSON, problem, type ProblemAnswer } from './problem.js';

/**
 * Answers every error as a problem (RFC 9457). An unforeseen error is logged and answered with one general sentence.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    sendProblem(reply, this.answerTo(error, request));
  }

  private answerTo(error: unknown, request: FastifyRequest): ProblemAnswer {
    const known = knownAnswer(error);
    if (known) {
      if (known.problem.status >= 500) this.logger.warn(`request ${request.id}: ${known.problem.detail}`);
      return known;
    }
    this.logger.error(`request ${request.id} failed`, error instanceof Error ? error.stack : String(error));
    return unforeseen(request);
  }
}

/** The answer to an error that a client can do something about; null for any other. */
export function knownAnswer(error: unknown): ProblemAnswer | null {
  const domain = domainProblem(error);
  if (domain) return domain;
  const http = httpProblem(error);
  return http && { problem: http, headers: {} };
}

const unforeseen = (request: FastifyRequest): ProblemAnswer => ({
  problem: problem(500, 'internal', `The request could not be worked off; the log has it as ${request.id}.`),
  headers: {},
});

/** When the body's type is refused: the headers that name the accepted types. */
const takenInstead = (reply: FastifyReply, { problem: { status }, headers }: ProblemAnswer): Record<string, string> =>
  status === 415 && !('accept-encoding' in headers) ? mediaTypeHeaders(reply.request.method) : {};

/** Sends a problem, unless an answer is already on its way. */
export function sendProblem(reply: FastifyReply, answer: ProblemAnswer): void {
  if (reply.sent || reply.raw.headersSent) return;
  void reply
    .status(answer.problem.status)
    .headers({ 'cache-control': 'no-store', ...takenInstead(reply, answer), ...answer.headers })
    .type(PROBLEM_JSON)
    .send(JSON.stringify(answer.problem));
}
