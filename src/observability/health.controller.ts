import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/permissions.js';
import { Readiness, type ReadinessReport } from './readiness.js';

const READINESS = {
  type: 'object',
  properties: {
    status: {
      type: 'string',
      enum: ['ready', 'degraded', 'not-ready'],
      description: 'Degraded: the instance takes work, but a broker of messages cannot be used.',
    },
    engine: { type: 'string', enum: ['working', 'not-working'] },
    store: { type: 'string', enum: ['up', 'down'] },
    locks: {
      type: 'string',
      enum: ['up', 'down'],
      description: 'Where the locks are kept: in the store, or in Redis (LOCKS).',
    },
    lackingKeys: {
      type: 'array',
      items: { type: 'string' },
      description: 'The ids of keys that secrets are sealed with and that ENCRYPTION_KEYS of this instance lacks.',
    },
    transports: {
      type: 'object',
      description: 'The brokers of messages that are configured, by their names.',
      additionalProperties: { type: 'string', enum: ['up', 'degraded'] },
    },
    overdue: {
      type: 'integer',
      nullable: true,
      description: 'How many occurrences and runs should have begun and have not. They make no instance unready.',
    },
    slots: {
      type: 'object',
      description: 'The slots of this instance. An instance without a free slot is still ready.',
      properties: {
        limit: { type: 'integer', description: 'How many slots it has (CONCURRENCY).' },
        taken: { type: 'integer' },
        waiting: { type: 'integer', description: 'How many due runs wait for a slot.' },
        refusal: {
          type: 'string',
          nullable: true,
          enum: ['none-free', 'share', 'reserve', 'memory', null],
          description:
            'Why they wait: no slot is free, an organization holds its share of them, or the free slots are kept for organizations that hold fewer.',
        },
      },
    },
    waitingForUnits: {
      type: 'integer',
      description:
        'How many runs wait here, without a slot, for units of pools, for the rates of pools or for quotas. They make no instance unready.',
    },
  },
};

/** Health checks for whoever operates the instance. */
@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @Public()
  @ApiOperation({ summary: 'Shows that the process answers.' })
  @ApiResponse({ status: 200, schema: { type: 'object', properties: { status: { type: 'string', enum: ['live'] } } } })
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  @Get('ready')
  @Public()
  @ApiOperation({ summary: 'Shows whether the instance can take work.' })
  @ApiResponse({ status: 200, schema: READINESS })
  @ApiResponse({ status: 503, schema: READINESS })
  ready(@Res({ passthrough: true }) reply: FastifyReply): ReadinessReport {
    return statusOf(this.readiness.report(), reply);
  }
}

function statusOf(report: ReadinessReport, reply: FastifyReply): ReadinessReport {
  void reply.status(report.status === 'not-ready' ? 503 : 200);
  return report;
}
