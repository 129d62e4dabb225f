import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../auth/caller.js';
import { Requires } from '../auth/permissions.js';
import type { Json } from '../domain/json.js';
import { eventTypeSchema } from '../domain/trigger.js';
import { EventsService } from '../triggers/events.service.js';
import { DerivedId } from './idempotency/derived-id.js';
import { Idempotent } from './idempotency/idempotency.interceptor.js';
import { EVENT_EXAMPLES, PREVIEW_EXAMPLES } from './openapi/examples.js';
import { BodyExamples, IdempotencyKeyHeader, Operation } from './openapi/operation.js';
import { PreviewService } from './preview.service.js';
import * as requests from './requests/trigger.requests.js';
import { EventResponse, toEventResponse } from './responses/event.response.js';
import { PreviewResponse } from './responses/planned-runs.response.js';
import { ValidBody, ValidParam } from './validation.js';

/** Triggers: what makes a task due. */
@ApiTags('triggers')
@Controller('v1/triggers')
export class TriggersController {
  constructor(
    private readonly previews: PreviewService,
    private readonly events: EventsService,
  ) {}

  @Post('preview')
  @Requires('viewer')
  @Operation({
    summary: 'Shows what a trigger would do, without storing anything.',
    answer: PreviewResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('PreviewRequest', PREVIEW_EXAMPLES)
  preview(
    @Organization() organization: string,
    @ValidBody(requests.previewRequestSchema) request: requests.PreviewRequest,
  ): Promise<PreviewResponse> {
    return this.previews.preview(organization, request);
  }

  @Post('events/:type')
  @Requires('operator')
  @Idempotent('POST /v1/triggers/events/{type}')
  @Operation({
    summary: 'Takes an event in; the body is its data. It is stored before this is answered.',
    status: 202,
    answer: EventResponse,
    problems: [400, 409, 413, 415, 422],
  })
  @IdempotencyKeyHeader()
  @BodyExamples('EventData', EVENT_EXAMPLES, { required: false })
  async receive(
    @Organization() organization: string,
    @ValidParam('type', eventTypeSchema) type: string,
    @Body() data: Json | undefined,
    @DerivedId() id: string | undefined,
  ): Promise<EventResponse> {
    return toEventResponse(await this.events.receive(organization, type, data ?? null, id));
  }
}
