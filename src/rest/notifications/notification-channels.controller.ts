import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import type { VersionCondition } from '../../domain/version-condition.js';
import { Channels } from '../../notifications/channels/channels.js';
import { Deliveries } from '../../notifications/deliveries/deliveries.js';
import { pageOf } from '../http/page.js';
import { Precondition } from '../http/protocol/conditional.js';
import { ValidQuery } from '../http/validation.js';
import { DerivedId } from '../idempotency/derived-id.js';
import { CHANNEL_EXAMPLES, CHANNEL_PATCH_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, ConditionalHeaders, KnownVersionHeader, Operation } from '../openapi/operation.js';
import { notificationListQuerySchema, type NotificationListQuery } from './notification.requests.js';
import {
  NotificationChannelPage,
  NotificationChannelResponse,
  NotificationDeliveryResponse,
  toChannelResponse,
  toNotificationResponse,
} from './notification.response.js';

const VERSIONED = { ETag: 'The version of the channel, for If-Match.' };

/** Notification channels: where an organization is told of its tasks. */
@ApiTags('notifications')
@Controller('v1/notification-channels')
export class NotificationChannelsController {
  constructor(
    private readonly channels: Channels,
    private readonly deliveries: Deliveries,
  ) {}

  @Post()
  @Requires('admin')
  @Operation({
    summary:
      'Creates a notification channel. Only this answer shows the secret of a webhook; no answer shows the address.',
    status: 201,
    answer: NotificationChannelResponse,
    headers: VERSIONED,
    problems: [400, 409, 413, 415],
  })
  @BodyExamples('NotificationChannelInput', CHANNEL_EXAMPLES)
  async create(
    @Organization() organization: string,
    @Body() input: unknown,
    @DerivedId() id: string | undefined,
  ): Promise<NotificationChannelResponse> {
    return toChannelResponse(await this.channels.create(organization, input, id));
  }

  @Get()
  @Requires('viewer')
  @Operation({
    summary: 'Lists the notification channels, newest first.',
    answer: NotificationChannelPage,
    problems: [400],
  })
  async list(
    @Organization() organization: string,
    @ValidQuery(notificationListQuerySchema) query: NotificationListQuery,
  ): Promise<NotificationChannelPage> {
    const page = await pageOf('notification-channels', query, (stretch) => this.channels.list(organization, stretch));
    return { ...page, items: page.items.map((channel) => toChannelResponse({ channel })) };
  }

  @Get(':id')
  @Requires('viewer')
  @Operation({
    summary: 'Shows a notification channel.',
    answer: NotificationChannelResponse,
    headers: VERSIONED,
    problems: [404],
  })
  @KnownVersionHeader()
  async show(@Organization() organization: string, @Param('id') id: string): Promise<NotificationChannelResponse> {
    return toChannelResponse({ channel: await this.channels.get(organization, id) });
  }

  @Patch(':id')
  @Requires('admin')
  @Operation({
    summary:
      'Changes a notification channel by a merge patch. Enabling it sends what was held for it; a secret signs beside the former one for another day.',
    answer: NotificationChannelResponse,
    headers: VERSIONED,
    problems: [400, 404, 409, 412, 413, 415],
  })
  @ApiConsumes('application/json', 'application/merge-patch+json')
  @ConditionalHeaders()
  @BodyExamples('NotificationChannelPatch', CHANNEL_PATCH_EXAMPLES)
  async change(
    @Organization() organization: string,
    @Param('id') id: string,
    @Body() patch: unknown,
    @Precondition() condition: VersionCondition,
  ): Promise<NotificationChannelResponse> {
    return toChannelResponse(await this.channels.change(organization, id, patch, condition));
  }

  @Delete(':id')
  @Requires('admin')
  @Operation({
    summary: 'Removes a notification channel; what waits for it is not sent any more.',
    status: 204,
    problems: [400, 404, 412],
  })
  @ConditionalHeaders()
  remove(
    @Organization() organization: string,
    @Param('id') id: string,
    @Precondition() condition: VersionCondition,
  ): Promise<void> {
    return this.channels.remove(organization, id, condition);
  }

  @Post(':id/test')
  @HttpCode(200)
  @Requires('admin')
  @Operation({
    summary: 'Sends a sample to a notification channel and shows what came of it, even while the channel is disabled.',
    answer: NotificationDeliveryResponse,
    problems: [404, 409],
  })
  async test(@Organization() organization: string, @Param('id') id: string): Promise<NotificationDeliveryResponse> {
    return toNotificationResponse(await this.deliveries.test(organization, id));
  }
}
