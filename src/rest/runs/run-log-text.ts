import {
  createParamDecorator,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type ExecutionContext,
  type StreamableFile,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { toIso } from '../../domain/instants.js';
import { sequencesOf } from '../../execution-log/attempt-entries.js';
import { matcherOf } from '../../execution-log/log-filter.js';
import type { LogEntry } from '../../execution-log/log.store.js';
import { RunsService } from '../../scheduling/runs/runs.service.js';
import { EVENT_STREAM, preferred } from '../http/protocol/accept.js';
import { TextStreams } from '../http/text-streams.js';
import { demandWritten, RunLogService } from './run-log.service.js';
import { logFilterOf, type LogQuery } from './run.requests.js';

/** How many logs may be sent at once, of all organizations and of one: each holds a part of its entries in memory. */
const LIMITS = {
  most: 16,
  mostOwn: 4,
  tooMany: 'Too many logs are being sent at the moment; try again when one of them has ended.',
};
const PART = 500;

export const PLAIN_TEXT = 'text/plain';
/** As it is sent; a caller may ask for it with its charset or without. */
const TEXT = `${PLAIN_TEXT};charset=utf-8`;
const JSON_TYPE = 'application/json';

/** Tells a handler whether the caller wants a whole log as lines. */
export const WantsText = createParamDecorator((_: unknown, context: ExecutionContext): boolean => {
  const { headers, method } = context.switchToHttp().getRequest<FastifyRequest>();
  return method === 'GET' && preferred(headers.accept, [JSON_TYPE, `${EVENT_STREAM};charset=utf-8`, TEXT]) === TEXT;
});

/** Sends the log of a run as lines, part by part as it reads it. */
@Injectable()
export class RunLogText implements BeforeApplicationShutdown {
  private readonly logger = new Logger('RunLog');
  private readonly streams = new TextStreams(LIMITS, (error) =>
    this.logger.debug(`A log that was being sent broke off: ${String(error)}`),
  );

  constructor(
    private readonly runs: RunsService,
    private readonly logs: RunLogService,
  ) {}

  beforeApplicationShutdown(): void {
    this.streams.breakOff();
  }

  /** @throws InvalidInputError, NotFoundError, OverloadedError */
  async of(organization: string, id: string, query: LogQuery): Promise<StreamableFile> {
    demandWritten(query);
    const run = await this.runs.get(organization, id);
    const after = await this.logs.beforeTail(organization, id, query);
    return this.streams.send(organization, this.lines(organization, id, query, after), {
      type: `${PLAIN_TEXT}; charset=utf-8`,
      disposition: `attachment; filename="run-${run.id}.log"`,
    });
  }

  private async *lines(organization: string, id: string, query: LogQuery, begin: number): AsyncGenerator<string> {
    const filter = logFilterOf(query);
    const matches = matcherOf(filter);
    const { first, end = Infinity } = sequencesOf(filter);
    for (let after = Math.max(first - 1, begin); ;) {
      const entries = await this.runs.log(organization, id, after, PART);
      const lines = entries.filter(matches).map(lineOf);
      if (lines.length > 0) yield lines.join('');
      if (entries.length < PART || entries.at(-1)!.sequence >= end - 1) return;
      after = entries.at(-1)!.sequence;
    }
  }
}

/** A line break within a message would look like another entry. */
const lineOf = ({ at, level, attempt, message, data }: LogEntry): string =>
  [toIso(at), level, attempt, message, ...(data ? [JSON.stringify(data)] : [])]
    .join('\t')
    .replaceAll(/\r?\n|\r/g, '\\n') + '\n';
