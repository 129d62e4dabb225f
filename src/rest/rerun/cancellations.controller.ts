import { Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { CancellationsService } from '../../rerun/cancellations.service.js';
import { ValidBody } from '../http/validation.js';
import { CANCEL_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, Operation } from '../openapi/operation.js';
import * as requests from './rerun.requests.js';
import { CancellationsResponse, toCancellationsResponse } from './rerun.response.js';

/** Cancels many runs. */
@ApiTags('runs')
@Controller('v1/runs')
export class CancellationsController {
  constructor(private readonly cancellations: CancellationsService) {}

  @Post('cancel')
  @Requires('operator')
  @Operation({
    summary: 'Cancels many runs that have not finished, newest first. With dryRun, tells which.',
    answer: CancellationsResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('CancelRequest', CANCEL_EXAMPLES)
  async cancel(
    @Organization() organization: string,
    @ValidBody(requests.cancelRequestSchema) request: requests.CancelRequestBody,
  ): Promise<CancellationsResponse> {
    return toCancellationsResponse(await this.cancellations.cancel(organization, request), request.dryRun);
  }
}
