import { Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiKeysService } from '../../auth/api-keys/api-keys.service.js';
import { AuthenticatedCaller, Organization, type Caller } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { DerivedId } from '../idempotency/derived-id.js';
import { API_KEY_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, Operation } from '../openapi/operation.js';
import { pageOf } from '../http/page.js';
import * as requests from './api-key.requests.js';
import { ApiKeyPage, NewApiKeyResponse, toApiKeyResponse, toNewApiKeyResponse } from './api-key.response.js';
import { ValidBody, ValidQuery } from '../http/validation.js';

/** API keys: how programs get access. */
@ApiTags('api-keys')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Post()
  @Requires('admin')
  @Operation({
    summary: 'Creates an API key for a program. Only this answer shows the key.',
    status: 201,
    answer: NewApiKeyResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('ApiKeyRequest', API_KEY_EXAMPLES)
  async create(
    @AuthenticatedCaller() caller: Caller,
    @ValidBody(requests.apiKeyRequestSchema) request: requests.ApiKeyRequest,
    @DerivedId() id: string | undefined,
  ): Promise<NewApiKeyResponse> {
    return toNewApiKeyResponse(
      await this.keys.create(caller, { ...request, installation: request.installation === 'admin' }, id),
    );
  }

  @Get()
  @Requires('admin')
  @Operation({
    summary: 'Lists the API keys that were not revoked, newest first.',
    answer: ApiKeyPage,
    problems: [400],
  })
  async list(
    @Organization() organization: string,
    @ValidQuery(requests.apiKeyListQuerySchema) query: requests.ApiKeyListQuery,
  ): Promise<ApiKeyPage> {
    const page = await pageOf('api-keys', query, (stretch) => this.keys.list(organization, stretch));
    return { ...page, items: page.items.map(toApiKeyResponse) };
  }

  @Delete(':id')
  @Requires('admin')
  @Operation({
    summary: 'Revokes an API key: at once on this instance, within two seconds on the others.',
    status: 204,
    problems: [404],
  })
  revoke(@Organization() organization: string, @Param('id') id: string): Promise<void> {
    return this.keys.revoke(organization, id);
  }
}
