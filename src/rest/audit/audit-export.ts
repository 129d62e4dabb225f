import {
  createParamDecorator,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type ExecutionContext,
  type StreamableFile,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuditService, type AuditSelection } from '../../audit/audit.service.js';
import { prefers } from '../http/protocol/accept.js';
import { TextStreams } from '../http/text-streams.js';
import { toAuditEntryResponse } from './audit.response.js';

/**
 * How many exports may be under way at once, of all organizations and of one: each holds a page of entries in memory.
 */
const LIMITS = {
  most: 8,
  mostOwn: 2,
  tooMany: 'Too many exports are under way at the moment; try again when one of them has ended.',
};

/** One JSON value on each line. */
export const NDJSON = 'application/x-ndjson';

/** Tells a handler whether the caller wants the whole trail as a stream. */
export const WantsExport = createParamDecorator((_: unknown, context: ExecutionContext): boolean => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  return prefers(NDJSON, request, http.getResponse<FastifyReply>()) && request.method === 'GET';
});

/** Streams audit trails, page by page as it reads them. */
@Injectable()
export class AuditExport implements BeforeApplicationShutdown {
  private readonly logger = new Logger('AuditExport');
  private readonly streams = new TextStreams(LIMITS, (error) =>
    this.logger.warn(`An export of the audit trail broke off: ${String(error)}`),
  );

  constructor(private readonly audit: AuditService) {}

  beforeApplicationShutdown(): void {
    this.streams.breakOff();
  }

  /** @throws OverloadedError */
  stream(organization: string, filter: AuditSelection): StreamableFile {
    return this.streams.send(organization, this.lines(organization, filter), { type: NDJSON });
  }

  private async *lines(organization: string, filter: AuditSelection): AsyncGenerator<string> {
    for await (const entry of this.audit.export(organization, filter))
      yield `${JSON.stringify(toAuditEntryResponse(entry))}\n`;
  }
}
