import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { Clock } from '../../clock/clock.js';
import { TaskFiguresService } from '../../overview/task-figures.js';
import { TaskVersions, type TaskVersion } from '../../overview/task-versions.js';
import { BY_SEQUENCE, ListPlace } from '../http/cursor.js';
import { MeasuredPages } from '../http/measured-pages.js';
import { ValidParam, ValidQuery } from '../http/validation.js';
import { Operation } from '../openapi/operation.js';
import * as requests from './overview.requests.js';
import {
  TaskAsItWasResponse,
  TaskFiguresResponse,
  TaskVersionPage,
  toTaskAsItWasResponse,
  toTaskFiguresResponse,
  toTaskVersionResponse,
} from './task-figures.response.js';

const WEEK_MS = 7 * 86_400_000;

/** How one task goes, and what it was before. */
@ApiTags('tasks')
@Controller('v1/tasks')
export class TaskFiguresController {
  constructor(
    private readonly figures: TaskFiguresService,
    private readonly versions: TaskVersions,
    private readonly pages: MeasuredPages,
    private readonly clock: Clock,
  ) {}

  @Get(':id/figures')
  @Requires('viewer')
  @Operation({
    summary: 'Tells how a task went: success, durations, lateness, codes of failures and outcomes by day.',
    answer: TaskFiguresResponse,
    problems: [400, 404],
  })
  async show(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidQuery(requests.figuresQuerySchema) query: requests.FiguresQuery,
  ): Promise<TaskFiguresResponse> {
    const to = query.to ?? this.clock.now() + 1;
    const from = query.from ?? to - WEEK_MS;
    return toTaskFiguresResponse(await this.figures.of(organization, id, { from, to }));
  }

  @Get(':id/versions')
  @Requires('viewer')
  @Operation({
    summary:
      'Lists the changes of a task, newest first, as the audit trail tells them. A page may be short or empty even if nextCursor says that there are more.',
    answer: TaskVersionPage,
    problems: [400, 404],
  })
  async list(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidQuery(requests.versionsQuerySchema) query: requests.VersionsQuery,
  ): Promise<TaskVersionPage> {
    const place = new ListPlace(BY_SEQUENCE, `tasks/${id}/versions`, query);
    const { items, next } = await this.pages.of({
      limit: query.limit,
      after: place.after,
      read: await this.versions.of(organization, id),
      positionOf: ({ sequence }: TaskVersion) => sequence,
      show: toTaskVersionResponse,
    });
    return { items, nextCursor: next === null ? null : place.cursorAt(next) };
  }

  @Get(':id/versions/:version')
  @Requires('viewer')
  @Operation({
    summary: 'Shows a task as it was after a change, by the newest 400 entries of the audit trail that name it.',
    answer: TaskAsItWasResponse,
    problems: [400, 404],
  })
  async at(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidParam('version', requests.versionSchema) version: number,
  ): Promise<TaskAsItWasResponse> {
    return toTaskAsItWasResponse(await this.versions.at(organization, id, version));
  }
}
