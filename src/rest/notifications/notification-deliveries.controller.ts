import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { Deliveries } from '../../notifications/deliveries/deliveries.js';
import { pageOf } from '../http/page.js';
import { ValidBody, ValidQuery } from '../http/validation.js';
import { REDELIVERY_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, Operation } from '../openapi/operation.js';
import * as requests from './notification.requests.js';
import {
  NotificationDeliveryPage,
  NotificationDeliveryResponse,
  RedeliveredResponse,
  toNotificationResponse,
} from './notification.response.js';

/** Notification deliveries: what went out to channels, and what became of it. */
@ApiTags('notifications')
@Controller('v1/notification-deliveries')
export class NotificationDeliveriesController {
  constructor(private readonly deliveries: Deliveries) {}

  @Get()
  @Requires('viewer')
  @Operation({
    summary: 'Lists what went out to notification channels, newest first, with what became of it.',
    answer: NotificationDeliveryPage,
    problems: [400],
  })
  async list(
    @Organization() organization: string,
    @ValidQuery(requests.notificationDeliveryQuerySchema) query: requests.NotificationDeliveryQuery,
  ): Promise<NotificationDeliveryPage> {
    const { limit: _, cursor: __, ...filter } = query;
    const page = await pageOf('notification-deliveries', query, (stretch) =>
      this.deliveries.list(organization, filter, stretch),
    );
    return { ...page, items: page.items.map(toNotificationResponse) };
  }

  @Get(':id')
  @Requires('viewer')
  @Operation({ summary: 'Shows a notification delivery.', answer: NotificationDeliveryResponse, problems: [404] })
  async show(@Organization() organization: string, @Param('id') id: string): Promise<NotificationDeliveryResponse> {
    return toNotificationResponse(await this.deliveries.get(organization, id));
  }

  @Post('redeliver')
  @HttpCode(202)
  @Requires('operator')
  @Operation({
    summary: 'Sends notification deliveries again: unless it says which, whatever has not arrived.',
    status: 202,
    answer: RedeliveredResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('NotificationRedelivery', REDELIVERY_EXAMPLES, { required: false })
  redeliverAll(
    @Organization() organization: string,
    @ValidBody(requests.redeliverySchema.default({ status: 'missing' })) request: requests.RedeliveryRequest,
  ): Promise<RedeliveredResponse> {
    return this.deliveries.redeliverAll(organization, request);
  }

  @Post(':id/redeliver')
  @HttpCode(202)
  @Requires('operator')
  @Operation({
    summary: 'Sends a notification delivery again, under its own id.',
    status: 202,
    answer: NotificationDeliveryResponse,
    problems: [404, 409],
  })
  async redeliver(
    @Organization() organization: string,
    @Param('id') id: string,
  ): Promise<NotificationDeliveryResponse> {
    return toNotificationResponse(await this.deliveries.redeliver(organization, id));
  }
}
