import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { Clock } from '../../clock/clock.js';
import { AttentionService } from '../../overview/attention.js';
import { FailureGroups } from '../../overview/failure-classes.js';
import { UpcomingStarts, type UpcomingPosition } from '../../overview/upcoming.js';
import { BY_START, ListPlace } from '../http/cursor.js';
import { ValidQuery } from '../http/validation.js';
import { Operation } from '../openapi/operation.js';
import * as requests from './overview.requests.js';
import {
  AttentionResponse,
  FailureClassesResponse,
  toAttentionResponse,
  toFailureClassesResponse,
  toUpcomingPage,
  UpcomingPageResponse,
} from './overview.response.js';

const HOUR_MS = 3_600_000;

/** What an operator looks at first. */
@ApiTags('stats')
@Controller('v1')
export class OverviewController {
  constructor(
    private readonly groups: FailureGroups,
    private readonly starts: UpcomingStarts,
    private readonly attention: AttentionService,
    private readonly clock: Clock,
  ) {}

  @Get('runs/failures')
  @Requires('viewer')
  @Operation({
    summary: 'Groups the failures of a stretch of time by what they say, the newest 1,000 of them.',
    answer: FailureClassesResponse,
    problems: [400],
  })
  async failures(
    @Organization() organization: string,
    @ValidQuery(requests.failuresQuerySchema) query: requests.FailuresQuery,
  ): Promise<FailureClassesResponse> {
    const to = query.to ?? this.clock.now() + 1;
    const from = query.from ?? to - 24 * HOUR_MS;
    const asked = { ...query, from, to, unmended: query.unmended === 'true' };
    return toFailureClassesResponse(await this.groups.of(organization, asked));
  }

  @Get('upcoming')
  @Requires('viewer')
  @Operation({
    summary: 'Lists what starts next, over all tasks, soonest first.',
    answer: UpcomingPageResponse,
    problems: [400],
  })
  async upcoming(
    @Organization() organization: string,
    @ValidQuery(requests.upcomingQuerySchema) query: requests.UpcomingQuery,
  ): Promise<UpcomingPageResponse> {
    const place = new ListPlace<UpcomingPosition>(BY_START, 'upcoming', query);
    const from = query.from ?? this.clock.now();
    const to = from + query.hours * HOUR_MS;
    const { tag, limit } = query;
    const page = await this.starts.list(organization, { from, to, tag, limit, after: place.after });
    return toUpcomingPage(page, page.next && place.cursorAt(page.next));
  }

  @Get('attention')
  @Requires('viewer')
  @Operation({
    summary:
      'Tells what somebody should look at: overdue, failing, never run, ending soon, quotas and pools at their limit.',
    answer: AttentionResponse,
    problems: [],
  })
  async show(@Organization() organization: string): Promise<AttentionResponse> {
    return toAttentionResponse(await this.attention.of(organization));
  }
}
