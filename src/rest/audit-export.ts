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
import { AuditService } from '../audit/audit.service.js';
import type { AuditFilter } from '../audit/audit.store.js';
import { prefers } from './protocol/accept.js';
import { toAuditEntryResponse } from './responses/audit.response.js';

/** One JSON value on each line. */
export const NDJSON = 'application/x-ndjson';

/** Passes whether the caller asks for the whole trail as a stream to a handler. */
export const WantsExport = createParamDecorator((_: unknown, context: ExecutionContext): boolean => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  return prefers(NDJSON, request, http.getResponse<FastifyReply>()) && request.method === 'GET';
});

/** Streams audit trails, page by page as they are read. */
@Injectable()
export class AuditExport implements BeforeApplicationShutdown {
  private readonly logger = new Logger('AuditExport');
  private readonly open = new Set<PassThrough>();

  constructor(private readonly audit: AuditService) {}

  /** Ends every stream, whose client sees that it broke off. */
  beforeApplicationShutdown(): void {
    for (const stream of this.open) stream.destroy();
  }

  stream(organization: string, filter: AuditFilter): StreamableFile {
    const stream = new PassThrough();
    this.open.add(stream);
    pipeline(this.lines(organization, filter), stream)
      .catch((error: unknown) => this.logger.warn(`An export of the audit trail broke off: ${String(error)}`))
      .finally(() => this.open.delete(stream));
    return new StreamableFile(stream, { type: NDJSON });
  }

  private async *lines(organization: string, filter: AuditFilter): AsyncGenerator<string> {
    for await (const entry of this.audit.export(organization, filter))
      yield `${JSON.stringify(toAuditEntryResponse(entry))}\n`;
  }
}
