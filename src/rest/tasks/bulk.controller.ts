import { Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { BulkChanges, type Bulk, type BulkOptions, type PausedSelection } from '../../scheduling/tasks/bulk-changes.js';
import { BY_ID, ListPlace, type ListQuery } from '../http/cursor.js';
import { ValidBody } from '../http/validation.js';
import { BULK_DELETE_EXAMPLES, BULK_PAUSE_EXAMPLES, BULK_RESUME_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, Operation } from '../openapi/operation.js';
import { BulkResponse, toBulkResponse } from './bulk.response.js';
import * as requests from './bulk.requests.js';

/** Changes of many tasks at once. */
@ApiTags('tasks')
@Controller('v1/tasks')
export class BulkController {
  constructor(private readonly changes: BulkChanges) {}

  @Post('pause')
  @Requires('operator')
  @Operation({
    summary:
      'Pauses the active tasks that fit, up to 1,000 of them. One that cannot be paused does not keep out the others.',
    answer: BulkResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('BulkPauseRequest', BULK_PAUSE_EXAMPLES)
  pause(
    @Organization() organization: string,
    @ValidBody(requests.bulkPauseSchema) request: requests.BulkPauseRequest,
  ): Promise<BulkResponse> {
    const { reason, until, ...asked } = request;
    return changed('tasks to pause', asked, (filter, options) =>
      this.changes.pause(organization, filter, { reason, until }, options),
    );
  }

  @Post('resume')
  @Requires('operator')
  @Operation({
    summary:
      'Resumes the paused tasks that fit, up to 1,000 of them. One that cannot be resumed does not keep out the others.',
    answer: BulkResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('BulkResumeRequest', BULK_RESUME_EXAMPLES)
  resume(
    @Organization() organization: string,
    @ValidBody(requests.bulkResumeSchema) request: requests.BulkResumeRequest,
  ): Promise<BulkResponse> {
    return changed('tasks to resume', request, (filter, options) => this.changes.resume(organization, filter, options));
  }

  @Post('delete')
  @Requires('editor')
  @Operation({
    summary:
      'Deletes the tasks that fit, up to 1,000 of them, and keeps their runs. One that cannot be deleted does not keep out the others.',
    answer: BulkResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('BulkDeleteRequest', BULK_DELETE_EXAMPLES)
  remove(
    @Organization() organization: string,
    @ValidBody(requests.bulkDeleteSchema) request: requests.BulkDeleteRequest,
  ): Promise<BulkResponse> {
    return changed('tasks to delete', request, (filter, options) => this.changes.remove(organization, filter, options));
  }
}

type Change = (filter: PausedSelection, options: BulkOptions) => Promise<Bulk>;

/** Changes the tasks that are asked for, from the cursor on. */
async function changed(
  list: string,
  { dryRun, all: _, ...query }: PausedSelection & ListQuery & { dryRun: boolean; all?: true | undefined },
  change: Change,
): Promise<BulkResponse> {
  const { limit, cursor: __, ...filter } = query;
  const place = new ListPlace(BY_ID, list, query);
  const bulk = await change(filter, { limit, dryRun, after: place.after });
  return toBulkResponse(bulk, (id) => place.cursorAt(id));
}
