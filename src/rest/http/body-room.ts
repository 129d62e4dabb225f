import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Identification } from '../../auth/identification.js';
import { Clock } from '../../clock/clock.js';
import { ByteBudget } from '../../domain/byte-budget.js';
import { OverloadedError } from '../../domain/errors.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../../options.js';
import { KnownSources } from '../../webhooks/known-sources.js';
import { takesRawBody } from './raw-body.js';

/** Bodies up to this size (bytes) are read at any time; the number of connections is bounded. */
const SMALL = 4096;
/** How many bytes of memory a byte of a body may take while it is parsed, checked and stored. */
const EXPANSION = 8;
/** How long a request waits for room (ms). */
const PATIENCE_MS = 5000;
/** The party of all who send without a valid token: they share one part of the room. */
const NOBODY = '';

/**
 * Bounds the memory that bodies take, from before they arrive until their request is answered: no part of a larger body
 * is read before there is room for it. An organization gets at most half of the room, so that what it sends, or begins
 * to send and never ends, keeps nobody else out.
 */
@Injectable()
export class BodyRoom {
  private readonly budget: ByteBudget;

  constructor(
    private readonly clock: Clock,
    private readonly identification: Identification,
    private readonly sources: KnownSources,
    @Inject(RUNNER_OPTIONS) { limits }: Pick<ResolvedOptions, 'limits'>,
  ) {
    this.budget = new ByteBudget(limits.bodyBytes);
  }

  /** Makes the server ask for room before it reads a body. */
  guard(server: FastifyInstance): void {
    server.addHook('preParsing', async (request, reply) => this.enter(request, reply));
  }

  /** @throws OverloadedError */
  private async enter(request: FastifyRequest, { raw }: FastifyReply): Promise<void> {
    const bytes = sizeOf(request);
    if (bytes <= SMALL) return;
    const leave = await this.take(await this.partyOf(request), bytes * EXPANSION);
    if (raw.closed || raw.destroyed) return leave();
    raw.once('finish', leave);
    raw.once('close', leave);
  }

  private take(party: string, bytes: number): Promise<() => void> {
    const tooMany = () => new OverloadedError(TOO_MANY);
    return this.clock.within(PATIENCE_MS, tooMany, (signal) => this.budget.take(party, bytes, signal));
  }

  /** The party whose room it is; whether the caller may do what it asks for is checked later. */
  private partyOf(request: FastifyRequest): Promise<string> {
    const { sourceId } = request.params as { sourceId?: string };
    if (sourceId !== undefined && takesRawBody(request)) return Promise.resolve(this.partyOfSource(sourceId));
    return this.identification.of(request).then(
      ({ organization }) => organization,
      () => NOBODY,
    );
  }

  /** Webhooks of an organization have a part of their own: their senders need no token to take room. */
  private partyOfSource(id: string): string {
    const organization = this.sources.organizationOf(id);
    return organization === undefined ? NOBODY : JSON.stringify(['webhooks', organization]);
  }
}

const TOO_MANY = 'Too many large bodies are being taken in at the moment; try again in a moment.';

/** How many bytes the body may have: its declared length, or the most that any body may have if it declares none. */
function sizeOf({ headers, routeOptions }: FastifyRequest): number {
  const most = routeOptions.bodyLimit ?? Number.POSITIVE_INFINITY;
  if (headers['transfer-encoding'] !== undefined) return most;
  const length = Number(headers['content-length'] ?? 0);
  // A body that is too long is refused without being read.
  return length > most ? 0 : length;
}
