import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import type { VersionCondition } from '../../domain/version-condition.js';
import { Rules } from '../../notifications/rules/rules.js';
import { pageOf } from '../http/page.js';
import { Precondition } from '../http/protocol/conditional.js';
import { ValidQuery } from '../http/validation.js';
import { DerivedId } from '../idempotency/derived-id.js';
import { RULE_EXAMPLES, RULE_PATCH_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, ConditionalHeaders, KnownVersionHeader, Operation } from '../openapi/operation.js';
import { notificationListQuerySchema, type NotificationListQuery } from './notification.requests.js';
import { NotificationRulePage, NotificationRuleResponse, toRuleResponse } from './notification.response.js';

const VERSIONED = { ETag: 'The version of the rule, for If-Match.' };

/** Notification rules: what an organization is told of its tasks. */
@ApiTags('notifications')
@Controller('v1/notification-rules')
export class NotificationRulesController {
  constructor(private readonly rules: Rules) {}

  @Post()
  @Requires('editor')
  @Operation({
    summary: 'Creates a notification rule. It counts on every instance within three seconds.',
    status: 201,
    answer: NotificationRuleResponse,
    headers: VERSIONED,
    problems: [400, 409, 413, 415],
  })
  @BodyExamples('NotificationRuleInput', RULE_EXAMPLES)
  async create(
    @Organization() organization: string,
    @Body() input: unknown,
    @DerivedId() id: string | undefined,
  ): Promise<NotificationRuleResponse> {
    return toRuleResponse(await this.rules.create(organization, input, id));
  }

  @Get()
  @Requires('viewer')
  @Operation({ summary: 'Lists the notification rules, newest first.', answer: NotificationRulePage, problems: [400] })
  async list(
    @Organization() organization: string,
    @ValidQuery(notificationListQuerySchema) query: NotificationListQuery,
  ): Promise<NotificationRulePage> {
    const page = await pageOf('notification-rules', query, (stretch) => this.rules.list(organization, stretch));
    return { ...page, items: page.items.map(toRuleResponse) };
  }

  @Get(':id')
  @Requires('viewer')
  @Operation({
    summary: 'Shows a notification rule.',
    answer: NotificationRuleResponse,
    headers: VERSIONED,
    problems: [404],
  })
  @KnownVersionHeader()
  async show(@Organization() organization: string, @Param('id') id: string): Promise<NotificationRuleResponse> {
    return toRuleResponse(await this.rules.get(organization, id));
  }

  @Patch(':id')
  @Requires('editor')
  @Operation({
    summary: 'Changes a notification rule by a merge patch.',
    answer: NotificationRuleResponse,
    headers: VERSIONED,
    problems: [400, 404, 409, 412, 413, 415],
  })
  @ApiConsumes('application/json', 'application/merge-patch+json')
  @ConditionalHeaders()
  @BodyExamples('NotificationRulePatch', RULE_PATCH_EXAMPLES)
  async change(
    @Organization() organization: string,
    @Param('id') id: string,
    @Body() patch: unknown,
    @Precondition() condition: VersionCondition,
  ): Promise<NotificationRuleResponse> {
    return toRuleResponse(await this.rules.change(organization, id, patch, condition));
  }

  @Delete(':id')
  @Requires('editor')
  @Operation({ summary: 'Removes a notification rule.', status: 204, problems: [400, 404, 412] })
  @ConditionalHeaders()
  remove(
    @Organization() organization: string,
    @Param('id') id: string,
    @Precondition() condition: VersionCondition,
  ): Promise<void> {
    return this.rules.remove(organization, id, condition);
  }
}
