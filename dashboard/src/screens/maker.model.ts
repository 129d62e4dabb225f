import type { Schemas } from '../api/client.ts';
import { shortId } from '../text/short-id.ts';

/** Somebody who made a change, in words; `name` is that of a key. */
export function makerWords({ type, id }: Schemas['MakerResponse'], name?: string): string {
  switch (type) {
    case 'api-key':
      return `the key ${name ?? shortId(id)}`;
    case 'webhook':
      return `the webhook ${shortId(id)}`;
    case 'module':
      return 'the application';
    case 'engine':
      return 'the engine itself';
    case 'user':
      return id;
  }
}
