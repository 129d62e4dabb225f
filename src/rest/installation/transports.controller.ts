import { Controller, Get } from '@nestjs/common';
import { ApiExtraModels, ApiTags } from '@nestjs/swagger';
import { RequiresInstallation } from '../../auth/permissions.js';
import { TransportsStatus } from '../../transports/transports-status.js';
import { Operation } from '../openapi/operation.js';
import {
  BrokerResponse,
  toTransportsResponse,
  TransportFailureResponse,
  TransportsResponse,
  TransportTopicResponse,
} from './transports.response.js';

/** The brokers of messages. */
@ApiTags('installation')
@ApiExtraModels(BrokerResponse, TransportFailureResponse, TransportTopicResponse)
@Controller('v1/installation/transports')
export class TransportsController {
  constructor(private readonly status: TransportsStatus) {}

  @Get()
  @RequiresInstallation()
  @Operation({
    summary: 'Shows how the brokers of messages and their topics fare on the instance that answers.',
    answer: TransportsResponse,
  })
  show(): TransportsResponse {
    return toTransportsResponse(this.status.report());
  }
}
