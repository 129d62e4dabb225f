import { Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { queueNameSchema } from '../../domain/queue.js';
import { toIso } from '../../domain/instants.js';
import { QueuesService } from '../../queues/queues.service.js';
import { ValidBody, ValidParam } from '../http/validation.js';
import { respond } from '../http/expose.js';
import { PAUSE_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, Operation } from '../openapi/operation.js';
import * as requests from './queue.requests.js';
import { QueueListResponse, QueuePauseResponse, toQueueListResponse } from './queue.response.js';

/** Queues: what waits in them, who works them, and their pauses. */
@ApiTags('queues')
@Controller('v1/queues')
export class QueuesController {
  constructor(private readonly queues: QueuesService) {}

  @Get()
  @Requires('viewer')
  @Operation({
    summary: 'Shows the queues that have tasks, runs, a pause, or an instance that names them, by name.',
    answer: QueueListResponse,
  })
  async list(@Organization() organization: string): Promise<QueueListResponse> {
    return toQueueListResponse(await this.queues.overview(organization));
  }

  @Post(':name/pause')
  @Requires('operator')
  @Operation({
    summary: 'Pauses a queue: nothing of it starts until it resumes; all instances know within two seconds.',
    answer: QueuePauseResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('QueuePauseRequest', PAUSE_EXAMPLES)
  async pause(
    @Organization() organization: string,
    @ValidParam('name', queueNameSchema) name: string,
    @ValidBody(requests.queuePauseRequestSchema) { reason }: requests.QueuePauseRequest,
  ): Promise<QueuePauseResponse> {
    const pause = await this.queues.pause(organization, name, reason);
    return respond(QueuePauseResponse, { reason: pause.reason, since: toIso(pause.since) });
  }

  @Post(':name/resume')
  @Requires('operator')
  @Operation({ summary: 'Resumes a queue: what waits in it starts within a second.', status: 204, problems: [400] })
  resume(@Organization() organization: string, @ValidParam('name', queueNameSchema) name: string): Promise<void> {
    return this.queues.resume(organization, name);
  }
}
