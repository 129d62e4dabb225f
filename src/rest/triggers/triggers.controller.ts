import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import type { Json } from '../../domain/json.js';
import { outsideEventTypeSchema } from '../../domain/outside-event.js';
import { EventsService } from '../../events/events.service.js';
import { TriggerPreviews } from '../../scheduler/trigger-previews.js';
import { ChangesNothing } from '../idempotency/changes-nothing.js';
import { DerivedId } from '../idempotency/derived-id.js';
import { EVENT_EXAMPLES, PREVIEW_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, Operation } from '../openapi/operation.js';
import * as requests from './trigger.requests.js';
import { EventResponse, toEventResponse } from './event.response.js';
import { PreviewResponse, toPreviewResponse } from './planned-runs.response.js';
import { ValidBody, ValidParam } from '../http/validation.js';

/** Triggers: what makes a task due. */
@ApiTags('triggers')
@Controller('v1/triggers')
export class TriggersController {
  constructor(
    private readonly previews: TriggerPreviews,
    private readonly events: EventsService,
  ) {}

  @Post('preview')
  @ChangesNothing(true)
  @Requires('viewer')
  @Operation({
    summary: 'Shows when a trigger would fire, and stores nothing.',
    answer: PreviewResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('PreviewRequest', PREVIEW_EXAMPLES)
  async preview(
    @Organization() organization: string,
    @ValidBody(requests.previewRequestSchema) request: requests.PreviewRequest,
  ): Promise<PreviewResponse> {
    return toPreviewResponse(await this.previews.preview(organization, request));
  }

  @Post('events/:type')
  @Requires('operator')
  @Operation({
    summary: 'Receives an event; the body is its data. The event is stored before the answer is sent.',
    status: 202,
    answer: EventResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('EventData', EVENT_EXAMPLES, { required: false })
  async receive(
    @Organization() organization: string,
    @ValidParam('type', outsideEventTypeSchema) type: string,
    @Body() data: Json | undefined,
    @DerivedId() id: string | undefined,
  ): Promise<EventResponse> {
    return toEventResponse(await this.events.receive(organization, type, data ?? null, id));
  }
}
