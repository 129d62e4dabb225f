import { Body, Controller, Delete, Get, Inject, Param, Patch, Post, Req } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import type { VersionCondition } from '../../domain/version-condition.js';
import { WebhookDeliveries } from '../../webhooks/webhook-deliveries.js';
import { WebhookSources } from '../../webhooks/webhook-sources.js';
import { pageOf } from '../http/page.js';
import { Precondition } from '../http/protocol/conditional.js';
import { ValidBody, ValidQuery } from '../http/validation.js';
import { DerivedId } from '../idempotency/derived-id.js';
import { API_BASE, PUBLIC_URL } from '../http/api-base.js';
import { WEBHOOK_PATCH_EXAMPLES, WEBHOOK_SAMPLE_EXAMPLES, WEBHOOK_SOURCE_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, ConditionalHeaders, KnownVersionHeader, Operation } from '../openapi/operation.js';
import { EventResponse, toEventResponse } from '../triggers/event.response.js';
import { hookAnswer } from './hook-answer.js';
import * as requests from './webhook.requests.js';
import {
  HookResponse,
  toDeliveryResponse,
  toSourceResponse,
  WebhookDeliveryPage,
  WebhookSourcePage,
  WebhookSourceResponse,
} from './webhook.response.js';

const VERSIONED = { ETag: 'The version of the source, for If-Match.' };

/** Webhook sources: senders outside of the installation whose signed requests become events. */
@ApiTags('webhooks')
@Controller('v1/webhook-sources')
export class WebhookSourcesController {
  constructor(
    private readonly sources: WebhookSources,
    private readonly deliveries: WebhookDeliveries,
    @Inject(API_BASE) private readonly base: string,
    @Inject(PUBLIC_URL) private readonly publicUrl: string | null,
  ) {}

  @Post()
  @Requires('admin')
  @Operation({
    summary: 'Creates a webhook source. Only this answer shows the secret.',
    status: 201,
    answer: WebhookSourceResponse,
    headers: VERSIONED,
    problems: [400, 409, 413, 415],
  })
  @BodyExamples('WebhookSourceInput', WEBHOOK_SOURCE_EXAMPLES)
  async create(
    @Organization() organization: string,
    @Body() input: unknown,
    @DerivedId() id: string | undefined,
    @Req() request: FastifyRequest,
  ): Promise<WebhookSourceResponse> {
    return toSourceResponse(await this.sources.create(organization, input, id), this.addressFor(request));
  }

  @Get()
  @Requires('admin')
  @Operation({ summary: 'Lists the webhook sources, newest first.', answer: WebhookSourcePage, problems: [400] })
  async list(
    @Organization() organization: string,
    @ValidQuery(requests.sourceListQuerySchema) query: requests.SourceListQuery,
    @Req() request: FastifyRequest,
  ): Promise<WebhookSourcePage> {
    const page = await pageOf('webhook-sources', query, (stretch) => this.sources.list(organization, stretch));
    return { ...page, items: page.items.map((source) => toSourceResponse({ source }, this.addressFor(request))) };
  }

  @Get(':id')
  @Requires('admin')
  @Operation({
    summary: 'Shows a webhook source.',
    answer: WebhookSourceResponse,
    headers: VERSIONED,
    problems: [404],
  })
  @KnownVersionHeader()
  async show(
    @Organization() organization: string,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<WebhookSourceResponse> {
    return toSourceResponse({ source: await this.sources.get(organization, id) }, this.addressFor(request));
  }

  @Patch(':id')
  @Requires('admin')
  @Operation({
    summary:
      'Changes a webhook source by a merge patch. A secret takes the place of the current one, which is accepted for another day.',
    answer: WebhookSourceResponse,
    headers: VERSIONED,
    problems: [400, 404, 409, 412, 413, 415],
  })
  @ApiConsumes('application/json', 'application/merge-patch+json')
  @ConditionalHeaders()
  @BodyExamples('WebhookSourcePatch', WEBHOOK_PATCH_EXAMPLES)
  async change(
    @Organization() organization: string,
    @Param('id') id: string,
    @Body() patch: unknown,
    @Precondition() condition: VersionCondition,
    @Req() request: FastifyRequest,
  ): Promise<WebhookSourceResponse> {
    const changed = await this.sources.change(organization, id, patch, condition);
    return toSourceResponse(changed, this.addressFor(request));
  }

  @Delete(':id')
  @Requires('admin')
  @Operation({
    summary: 'Removes a webhook source: at once on this instance, within two seconds on the others.',
    status: 204,
    problems: [400, 404, 412],
  })
  @ConditionalHeaders()
  remove(
    @Organization() organization: string,
    @Param('id') id: string,
    @Precondition() condition: VersionCondition,
  ): Promise<void> {
    return this.sources.remove(organization, id, condition);
  }

  @Delete(':id/secrets/:secret')
  @Requires('admin')
  @Operation({
    summary: 'Ends a secret that another one took the place of, at once.',
    status: 204,
    problems: [404, 409],
  })
  endSecret(
    @Organization() organization: string,
    @Param('id') id: string,
    @Param('secret') secret: string,
  ): Promise<void> {
    return this.sources.endSecret(organization, id, secret);
  }

  @Post(':id/test')
  @Requires('admin')
  @Operation({
    summary: 'Signs a sample with the current secret and sends it through the same door; it starts what waits for it.',
    status: 202,
    answer: HookResponse,
    problems: [400, 404, 409, 413, 415, 422],
  })
  @BodyExamples('WebhookSample', WEBHOOK_SAMPLE_EXAMPLES, { required: false })
  async test(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidBody(requests.sampleSchema.default({})) sample: requests.SampleRequest,
  ): Promise<HookResponse> {
    return hookAnswer(await this.deliveries.test(organization, id, sample));
  }

  @Get(':id/deliveries')
  @Requires('viewer')
  @Operation({
    summary: 'Lists what came in at a webhook source, newest first, with what became of it.',
    answer: WebhookDeliveryPage,
    problems: [400, 404],
  })
  async listDeliveries(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidQuery(requests.deliveryListQuerySchema) query: requests.DeliveryListQuery,
  ): Promise<WebhookDeliveryPage> {
    const page = await pageOf(`deliveries/${id}`, query, (stretch) =>
      this.deliveries.list(organization, id, stretch, query.result),
    );
    return { ...page, items: page.items.map(toDeliveryResponse) };
  }

  @Post(':id/deliveries/:delivery/replay')
  @Requires('admin')
  @Operation({
    summary: 'Makes another event of a delivery, by the mapping that its source has now.',
    status: 202,
    answer: EventResponse,
    problems: [400, 404, 409, 422],
  })
  async replay(
    @Organization() organization: string,
    @Param('id') id: string,
    @Param('delivery') delivery: string,
    @DerivedId() eventId: string | undefined,
  ): Promise<EventResponse> {
    return toEventResponse(await this.deliveries.replay(organization, id, delivery, eventId));
  }

  private addressFor({ protocol, host }: FastifyRequest): string {
    return this.publicUrl?.replace(/\/+$/, '') ?? `${protocol}://${host}${this.base}`;
  }
}
