import { Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { LatestOutcomes } from '../../occurrences/latest-outcomes.js';
import { OccurrenceMatrix } from '../../occurrences/occurrence-matrix.js';
import { MeasuredPages } from '../http/measured-pages.js';
import { ValidBody, ValidQuery } from '../http/validation.js';
import { ChangesNothing } from '../idempotency/changes-nothing.js';
import { OUTCOMES_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, Operation } from '../openapi/operation.js';
import * as requests from './occurrence.requests.js';
import { OccurrenceMatrixPage, TaskOutcomesPage, toOccurrenceRow, toTaskOutcomesPage } from './occurrence.response.js';

/** Occurrences: what should have happened, with one outcome each. */
@ApiTags('occurrences')
@Controller('v1')
export class OccurrencesController {
  constructor(
    private readonly matrices: OccurrenceMatrix,
    private readonly outcomes: LatestOutcomes,
    private readonly pages: MeasuredPages,
  ) {}

  @Get('occurrences')
  @Requires('viewer')
  @Operation({
    summary:
      'Shows the occurrences of many tasks over time: what became of the past ones, by the ledger, and what is planned. A page may be short or empty even if nextCursor says that there are more.',
    answer: OccurrenceMatrixPage,
    problems: [400],
  })
  async matrix(
    @Organization() organization: string,
    @ValidQuery(requests.matrixQuerySchema) query: requests.MatrixQuery,
  ): Promise<OccurrenceMatrixPage> {
    const asked = { ...query, stepMs: requests.STEPS[query.step] };
    const read = await this.matrices.reading(organization, asked);
    return this.pages.byId('occurrences', query, read, toOccurrenceRow);
  }

  @Post('tasks/outcomes')
  @ChangesNothing(true)
  @Requires('viewer')
  @Operation({
    summary: 'Tells of the last outcomes of some tasks, and changes nothing.',
    answer: TaskOutcomesPage,
    problems: [400, 413, 415],
  })
  @BodyExamples('OutcomesRequest', OUTCOMES_EXAMPLES)
  async latest(
    @Organization() organization: string,
    @ValidBody(requests.outcomesRequestSchema) { ids, count }: requests.OutcomesRequest,
  ): Promise<TaskOutcomesPage> {
    return toTaskOutcomesPage(await this.outcomes.of(organization, ids, count));
  }
}
