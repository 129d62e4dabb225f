import { shortId } from '../../text/short-id.ts';

const WEBHOOK = 'webhook:';

/** Where an event comes from in words: a webhook source by its name. */
export function sourceWords(source: string, nameOf: (id: string) => string | undefined): string {
  if (!source.startsWith(WEBHOOK)) return source;
  const id = source.slice(WEBHOOK.length);
  return `webhook ${nameOf(id) ?? shortId(id)}`;
}
