import type { ServiceClient } from '../../integrations/service-client.js';
import type { AnchorTarget } from './anchor-target.js';
import { writtenHead, type AnchoredHead } from './anchored-head.js';

/** Posts heads to a service of the operator, as `{heads: [...]}`, and reads them back in that form where it answers a GET. */
export class AnchorUrl implements AnchorTarget {
  readonly kind = 'url';
  readonly name: string;

  constructor(
    private readonly url: string,
    private readonly client: ServiceClient,
  ) {
    this.name = new URL(url).origin;
  }

  async put(heads: readonly AnchoredHead[], signal: AbortSignal): Promise<void> {
    await this.client.post(this.url, { heads: heads.map(writtenHead) }, {}, signal);
  }

  async read(organization: string, signal: AbortSignal): Promise<unknown[]> {
    const url = new URL(this.url);
    url.searchParams.set('organization', organization);
    const { heads } = (await this.client.get(url.href, signal)) as { heads?: unknown };
    if (!Array.isArray(heads)) throw new Error('The answer has no list "heads".');
    return heads as unknown[];
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
