import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { UnauthenticatedError } from './auth-errors.js';
import type { Caller } from './caller.js';
import { Identification } from './identification.js';

/** What a host application knows of the sender of a request that it passes on. */
export interface KnownToHost {
  /** Null when the host knows nobody. */
  caller: Caller | null;
  /** The client's address, as the host sees it through its proxies. */
  address: string | null;
}

const known = new WeakMap<IncomingMessage, KnownToHost>();

export const setKnownToHost = (request: IncomingMessage, what: KnownToHost): void => void known.set(request, what);

/** The client's address: as the host told it, if it did. */
export const addressOf = ({ raw, ip }: FastifyRequest): string => known.get(raw)?.address ?? ip;

/** Knows callers by what the host application says of them. */
@Injectable()
export class HostIdentification extends Identification {
  of({ raw }: FastifyRequest): Promise<Caller> {
    const caller = known.get(raw)?.caller;
    if (caller) return Promise.resolve(caller);
    return Promise.reject(new UnauthenticatedError('The application does not know who sends this request.', false));
  }
}
