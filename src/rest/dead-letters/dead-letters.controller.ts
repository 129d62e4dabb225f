import { Controller, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuthenticatedCaller, type Caller } from '../../auth/caller.js';
import { OrInstallation, Requires } from '../../auth/permissions.js';
import { Subscriptions } from '../../transports/subscriptions.js';
import { pageOf } from '../http/page.js';
import { ValidQuery } from '../http/validation.js';
import { Operation } from '../openapi/operation.js';
import { EventResponse, toEventResponse } from '../triggers/event.response.js';
import { deadLetterListQuerySchema, type DeadLetterListQuery } from './dead-letter.requests.js';
import { DeadLetterPage, toDeadLetterResponse } from './dead-letter.response.js';

/** Messages of subscribed topics that became no event. The operator of the installation sees those of all. */
@ApiTags('dead-letters')
@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(private readonly subscriptions: Subscriptions) {}

  @Get()
  @Requires('admin')
  @OrInstallation()
  @Operation({
    summary: 'Lists the messages of subscribed topics that became no event, newest first.',
    answer: DeadLetterPage,
    problems: [400],
  })
  async list(
    @AuthenticatedCaller() caller: Caller,
    @ValidQuery(deadLetterListQuerySchema) query: DeadLetterListQuery,
  ): Promise<DeadLetterPage> {
    const page = await pageOf('dead-letters', query, (stretch) => this.subscriptions.list(seenBy(caller), stretch));
    return { ...page, items: page.items.map(toDeadLetterResponse) };
  }

  @Post(':id/replay')
  @Requires('admin')
  @OrInstallation()
  @Operation({
    summary: 'Makes an event of a dead letter, by what is set for its topic now.',
    status: 202,
    answer: EventResponse,
    problems: [400, 404, 409, 422],
  })
  async replay(@AuthenticatedCaller() caller: Caller, @Param('id') id: string): Promise<EventResponse> {
    return toEventResponse(await this.subscriptions.replay(seenBy(caller), id));
  }
}

/** Null for all organizations. */
const seenBy = ({ installation, organization }: Caller): string | null => (installation === true ? null : organization);
