import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { OverdueWatch } from '../../overdue/overdue-watch.js';
import { Requires } from '../../auth/permissions.js';
import { InstanceRegistry } from '../../cluster/instance-registry.js';
import { Operation } from '../openapi/operation.js';
import { pageOf } from '../http/page.js';
import * as requests from './instance.requests.js';
import { InstancePage, toInstanceResponse, toMissingWorkResponse } from './instance.response.js';
import { ValidQuery } from '../http/validation.js';

/** Instances: the processes that share the store, whatever organization their runs belong to. */
@ApiTags('instances')
@Controller('v1/instances')
export class InstancesController {
  constructor(
    private readonly registry: InstanceRegistry,
    private readonly overdue: OverdueWatch,
  ) {}

  @Get()
  @Requires('viewer')
  @Operation({ summary: 'Lists the instances of the runner, newest first.', answer: InstancePage, problems: [400] })
  async list(
    @Organization() organization: string,
    @ValidQuery(requests.instanceListQuerySchema) query: requests.InstanceListQuery,
  ): Promise<InstancePage> {
    const page = await pageOf('instances', query, (stretch) => this.registry.list(stretch));
    const missing = (this.overdue.figures?.missing ?? []).filter((each) => each.organization === organization);
    return { ...page, items: page.items.map(toInstanceResponse), missing: missing.map(toMissingWorkResponse) };
  }
}
