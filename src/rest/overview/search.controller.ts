import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { SearchService } from '../../overview/search.js';
import { TaskFacetsService } from '../../overview/task-facets.js';
import { ValidQuery } from '../http/validation.js';
import { Operation } from '../openapi/operation.js';
import * as requests from './overview.requests.js';
import { FoundResponse, TaskFacetsResponse, toFoundResponse, toTaskFacetsResponse } from './search.response.js';

/** Finds things, and tells what there is to find. */
@ApiTags('tasks')
@Controller('v1')
export class SearchController {
  constructor(
    private readonly search: SearchService,
    private readonly facets: TaskFacetsService,
  ) {}

  @Get('search')
  @Requires('viewer')
  @Operation({
    summary: 'Finds tasks by name or id, runs by id, events by id or type, and tags; ten of each at most.',
    answer: FoundResponse,
    problems: [400],
  })
  async find(
    @Organization() organization: string,
    @ValidQuery(requests.searchQuerySchema) { q }: requests.SearchQuery,
  ): Promise<FoundResponse> {
    return toFoundResponse(await this.search.find(organization, q));
  }

  @Get('tasks/facets')
  @Requires('viewer')
  @Operation({
    summary: 'Counts the tasks by state, tag, queue, type of trigger and action, a few seconds ago at most.',
    answer: TaskFacetsResponse,
    problems: [],
  })
  async count(@Organization() organization: string): Promise<TaskFacetsResponse> {
    return toTaskFacetsResponse(await this.facets.of(organization));
  }
}
