import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/permissions.js';
import { InstanceRegistry } from '../cluster/instance-registry.js';
import { Operation } from './openapi/operation.js';
import { pageOf } from './page.js';
import * as requests from './requests/instance.requests.js';
import { toInstanceResponse } from './responses/instance.response.js';
import { InstancePage } from './responses/pages.response.js';
import { ValidQuery } from './validation.js';

/** Instances: the processes that share the store, whatever organization their runs belong to. */
@ApiTags('instances')
@Controller('v1/instances')
export class InstancesController {
  constructor(private readonly registry: InstanceRegistry) {}

  @Get()
  @Requires('viewer')
  @Operation({ summary: 'Lists the instances of the runner, newest first.', answer: InstancePage, problems: [400] })
  async list(@ValidQuery(requests.instanceListQuerySchema) query: requests.InstanceListQuery): Promise<InstancePage> {
    const page = await pageOf('instances', query, (stretch) => this.registry.list(stretch));
    return { ...page, items: page.items.map(toInstanceResponse) };
  }
}
