import type { FastifyRequest } from 'fastify';
import type { Caller } from './caller.js';

/** Tells who sends a request. Also the injection token. */
export abstract class Identification {
  /** Rejects with an `UnauthenticatedError` when that is not known. */
  abstract of(request: FastifyRequest): Promise<Caller>;
}
