import { Controller, Get, Param, Post, Req, UnsupportedMediaTypeException } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { readCloudEvents } from '../../events/cloudevents/read-cloud-events.js';
import { EventRecords } from '../../events/event-records.js';
import { EventsService } from '../../events/events.service.js';
import { respond } from '../http/expose.js';
import { MeasuredPages } from '../http/measured-pages.js';
import { rawBodyOf, TakesRawBody } from '../http/raw-body.js';
import { ChangesNothing } from '../idempotency/changes-nothing.js';
import { Operation } from '../openapi/operation.js';
import { ValidQuery } from '../http/validation.js';
import { CloudEventsResponse } from './cloud-events.response.js';
import { EventPage, EventRecordResponse, toEventHeadResponse, toEventRecordResponse } from './event-record.response.js';
import * as requests from './event.requests.js';

/** Events: as CloudEvents 1.0 they come in, and here it is seen what came of each, whichever way it came in. */
@ApiTags('events')
@Controller('v1/events')
export class EventsController {
  constructor(
    private readonly events: EventsService,
    private readonly records: EventRecords,
    private readonly pages: MeasuredPages,
  ) {}

  @Get()
  @Requires('viewer')
  @Operation({
    summary:
      'Lists the events of the organization, newest first. A page may be short or empty even if nextCursor says that there are more.',
    answer: EventPage,
    problems: [400],
  })
  async list(
    @Organization() organization: string,
    @ValidQuery(requests.eventListQuerySchema) query: requests.EventListQuery,
  ): Promise<EventPage> {
    return this.pages.byId(
      'events',
      query,
      async (stretch) => {
        const { items, next } = await this.records.list(organization, query, stretch);
        return { items: items.map((event) => ({ id: event.place, event })), next };
      },
      ({ event }) => toEventHeadResponse(event),
    );
  }

  @Get(':id')
  @Requires('viewer')
  @Operation({
    summary: 'Shows an event: the runs that it started, and why it started none of other tasks that wait for its type.',
    answer: EventRecordResponse,
    problems: [404],
  })
  async get(@Organization() organization: string, @Param('id') id: string): Promise<EventRecordResponse> {
    return toEventRecordResponse(await this.records.get(organization, id));
  }

  @Post()
  @Requires('operator')
  // An event that comes again is the same one, by its source and id.
  @ChangesNothing(true)
  @TakesRawBody()
  @Operation({
    summary:
      'Takes in CloudEvents 1.0: one, structured or binary, or a batch of up to 1,000, of which all come in or none.',
    status: 202,
    answer: CloudEventsResponse,
    problems: [400, 413, 415],
  })
  @ApiConsumes('application/cloudevents+json', 'application/cloudevents-batch+json', 'application/json')
  @ApiBody({ required: true, schema: { description: 'An event, a list of events, or the data of an event.' } })
  async receive(@Organization() organization: string, @Req() request: FastifyRequest): Promise<CloudEventsResponse> {
    const events = readCloudEvents(request.raw.rawHeaders, request.headers['content-type'], rawBodyOf(request));
    if (!events) throw new UnsupportedMediaTypeException();
    return respond(CloudEventsResponse, { events: await this.events.receiveCloudEvents(organization, events) });
  }
}
