import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { ExplainService } from '../../explain/explain.service.js';
import { LedgerService } from '../../ledger/ledger.service.js';
import { BY_OUTCOME, ListPlace } from '../http/cursor.js';
import { Operation } from '../openapi/operation.js';
import * as requests from './ledger.requests.js';
import { ExplanationResponse, toExplanationResponse } from '../runs/explanation.response.js';
import { OccurrencePage, toOccurrencePage } from './occurrence.response.js';
import { ValidQuery } from '../http/validation.js';

/** The outcomes of a task's occurrences, and why. */
@ApiTags('tasks')
@Controller('v1/tasks')
export class LedgerController {
  constructor(
    private readonly ledger: LedgerService,
    private readonly explanations: ExplainService,
  ) {}

  @Get(':id/occurrences')
  @Requires('viewer')
  @Operation({
    summary:
      "Lists the outcomes of a task's occurrences, oldest first: its runs, and the occurrences that did not run, with the reason.",
    answer: OccurrencePage,
    problems: [400, 404],
  })
  async list(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidQuery(requests.occurrencesQuerySchema) query: requests.OccurrencesQuery,
  ): Promise<OccurrencePage> {
    const place = new ListPlace(BY_OUTCOME, `tasks/${id}/occurrences`, query);
    return toOccurrencePage(await this.ledger.list(organization, id, { ...query, after: place.after }), place);
  }

  @Get(':id/explain')
  @Requires('viewer')
  @Operation({
    summary: 'Explains why the occurrence of a task nearest to an instant ran, waits, was late or did not run.',
    answer: ExplanationResponse,
    problems: [400, 404],
  })
  async explain(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidQuery(requests.explainQuerySchema) { at }: requests.ExplainQuery,
  ): Promise<ExplanationResponse> {
    return toExplanationResponse(await this.explanations.explain(organization, id, at));
  }
}
