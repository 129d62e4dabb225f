import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { UnauthenticatedError } from './auth-errors.js';
import type { Caller } from './caller.js';
import { Identification } from './identification.js';
import { TokenVerifier } from './token-verifier.js';

/** Knows callers by their bearer tokens. */
@Injectable()
export class BearerIdentification extends Identification {
  constructor(private readonly verifier: TokenVerifier) {
    super();
  }

  async of({ headers }: FastifyRequest): Promise<Caller> {
    return this.verifier.verify(bearerToken(headers.authorization));
  }
}

function bearerToken(header: string | undefined): string {
  if (header === undefined) throw new UnauthenticatedError('A bearer token is required.', false);
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header)?.[1];
  if (token === undefined) throw new UnauthenticatedError('The Authorization header is not "Bearer <token>".', true);
  return token;
}
