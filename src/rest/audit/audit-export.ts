import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  createParamDecorator,
  Injectable,
  Logger,
  StreamableFile,
  type BeforeApplicationShutdown,
  type ExecutionContext,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuditService, type AuditSelection } from '../../audit/audit.service.js';
import { prefers } from '../http/protocol/accept.js';
import { Admission } from '../../domain/admission.js';
import { toAuditEntryResponse } from './audit.response.js';

/**
 * How many exports may be under way at once, of all organizations and of one: each holds a page of entries in memory.
 */
const MOST = 8;
const MOST_OWN = 2;
const TOO_MANY = 'Too many exports are under way at the moment; try again when one of them has ended.';

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
  private readonly open = new Set<PassThrough>();
  private readonly admission = new Admission(MOST, MOST_OWN, TOO_MANY);

  constructor(private readonly audit: AuditService) {}

  /** Breaks off every stream; its client notices the break. */
  beforeApplicationShutdown(): void {
    for (const stream of this.open) stream.destroy();
  }

  /** @throws OverloadedError */
  stream(organization: string, filter: AuditSelection): StreamableFile {
    this.admission.enter(organization);
    const stream = new PassThrough();
    this.open.add(stream);
    pipeline(this.lines(organization, filter), stream)
      .catch((error: unknown) => this.logger.warn(`An export of the audit trail broke off: ${String(error)}`))
      .finally(() => {
        this.open.delete(stream);
        this.admission.leave(organization);
      });
    return new StreamableFile(stream, { type: NDJSON });
  }

  private async *lines(organization: string, filter: AuditSelection): AsyncGenerator<string> {
    for await (const entry of this.audit.export(organization, filter))
      yield `${JSON.stringify(toAuditEntryResponse(entry))}\n`;
  }
}
