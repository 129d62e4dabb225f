import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/permissions.js';
import { Readiness, type ReadinessReport } from './readiness.js';

const READINESS = {
  type: 'object',
  properties: {
    status: { type: 'string', enum: ['ready', 'not-ready'] },
    engine: { type: 'string', enum: ['working', 'not-working'] },
    store: { type: 'string', enum: ['up', 'down'] },
    locks: { type: 'string', enum: ['up', 'down'], description: 'What keeps the locks: Redis if there is one.' },
    overdue: {
      type: 'integer',
      nullable: true,
      description: 'How many occurrences and runs should have begun and have not; it makes no instance unready.',
    },
    places: {
      type: 'object',
      description: 'The places of this instance; that they are taken makes it no less ready.',
      properties: {
        limit: { type: 'integer', description: 'How many runs it works on at the most.' },
        taken: { type: 'integer' },
        waiting: { type: 'integer', description: 'How many due runs wait for a place.' },
        refusal: {
          type: 'string',
          nullable: true,
          enum: ['none-free', 'share', 'reserve', null],
          description:
            'Why: no place is free, an organization has its share of them, or what is left is kept for organizations that hold fewer.',
        },
      },
    },
  },
};

/** Answers whoever keeps the instance running. */
@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @Public()
  @ApiOperation({ summary: 'Tells that the process answers.' })
  @ApiResponse({ status: 200, schema: { type: 'object', properties: { status: { type: 'string', enum: ['live'] } } } })
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  @Get('ready')
  @Public()
  @ApiOperation({ summary: 'Tells whether the instance can take work.' })
  @ApiResponse({ status: 200, schema: READINESS })
  @ApiResponse({ status: 503, schema: READINESS })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessReport> {
    return statusOf(await this.readiness.report(), reply);
  }
}

function statusOf(report: ReadinessReport, reply: FastifyReply): ReadinessReport {
  void reply.status(report.status === 'ready' ? 200 : 503);
  return report;
}
