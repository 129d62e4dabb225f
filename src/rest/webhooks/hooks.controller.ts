import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addressOf } from '../../auth/host-identification.js';
import { Public } from '../../auth/permissions.js';
import { SignedRequest } from '../../webhooks/schemes/signed-request.js';
import { WebhookDoor } from '../../webhooks/webhook-door.js';
import { rawBodyOf, TakesRawBody } from '../http/raw-body.js';
import { PublicOperation } from '../openapi/operation.js';
import { hookAnswer } from './hook-answer.js';
import { HookRates } from './hook-rates.js';
import { HookResponse } from './webhook.response.js';

const SUMMARY =
  'Takes in a signed request of a webhook source as an event. The event is stored before the answer is sent.';

/** The door for webhooks: a signature lets in, and no token. */
@ApiTags('webhooks')
@Controller('v1/hooks')
export class HooksController {
  constructor(
    private readonly door: WebhookDoor,
    private readonly rates: HookRates,
  ) {}

  @Post(':sourceId')
  @Public()
  @TakesRawBody()
  @PublicOperation({
    summary: SUMMARY,
    status: 202,
    answer: HookResponse,
    problems: [400, 401, 404, 409, 422, 429, 503],
  })
  @ApiBody({ required: true, schema: { description: 'Whatever the sender sends; it signs these bytes.' } })
  async receive(
    @Param('sourceId') sourceId: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HookResponse> {
    const address = addressOf(request);
    this.rates.demandPatience(sourceId, address);
    const answer = await this.door.receive({
      ...{ sourceId, address, requestId: request.id },
      signed: new SignedRequest(rawBodyOf(request), request.raw.rawHeaders),
      admit: () => this.rates.admit(sourceId),
      refused: () => this.rates.countFailure(sourceId, address),
    });
    if (answer.kind === 'greeting') void reply.status(200);
    return hookAnswer(answer);
  }
}
