import type { Json } from '../../domain/json.js';
import { ActionError } from '../action.js';

/** The roots of the values that templates see. */
export const TEMPLATE_ROOTS = ['parameters', 'event', 'events', 'run', 'task', 'secrets'] as const;
export type TemplateRoot = (typeof TEMPLATE_ROOTS)[number];

/** The values behind the roots; `event` is null and `events` empty when no event started the run. */
export type TemplateScope = Record<TemplateRoot, Json>;

/** The position of a value in a text: the root, and the names that lead from there to the value. */
export interface Placeholder {
  root: TemplateRoot;
  path: readonly string[];
  /** As it was written, such as `parameters.suite`. */
  source: string;
}

export type TemplatePart = string | Placeholder;

/** A text is not a valid template; the message says what was expected. */
export class TemplateSyntaxError extends ActionError {
  constructor(message: string) {
    super('template', message, { retryable: false });
  }
}

/** The members of roots with a fixed shape; the other roots hold whatever their authors define. */
const KNOWN_MEMBERS: Partial<Record<TemplateRoot, readonly string[]>> = {
  event: ['id', 'type', 'data', 'receivedAt'],
  run: ['id', 'taskId', 'trigger', 'scheduledFor', 'attempt', 'callbackToken', 'callbackUrl'],
  task: ['id', 'name', 'organization', 'tags'],
};

/**
 * Splits a text such as `Bearer {{secrets.token}}` into its parts. There is no logic and no escape: to output `{{`, put
 * it in a parameter, whose value is inserted unchanged. Throws `TemplateSyntaxError`.
 */
export function parseTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let end = 0;
  for (let start = text.indexOf('{{'); start >= 0; start = text.indexOf('{{', end)) {
    const close = text.indexOf('}}', start);
    if (close < 0) throw new TemplateSyntaxError('a template that begins with "{{" must end with "}}"');
    if (start > end) parts.push(text.slice(end, start));
    parts.push(parsePlaceholder(text.slice(start + 2, close).trim()));
    end = close + 2;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

function parsePlaceholder(source: string): Placeholder {
  const [root = '', ...path] = source.split('.');
  if (!isRoot(root)) throw new TemplateSyntaxError(`a template must begin with one of ${TEMPLATE_ROOTS.join(', ')}`);
  if (path.some((name) => !/^[^\s{}]+$/.test(name))) {
    throw new TemplateSyntaxError(`${JSON.stringify(source)} must be names joined by dots`);
  }
  const [first] = path;
  if (root === 'secrets' && path.length !== 1) throw new TemplateSyntaxError('"secrets" must be followed by one name');
  const known = KNOWN_MEMBERS[root];
  if (first !== undefined && known && !known.includes(first)) {
    throw new TemplateSyntaxError(`"${root}" has no ${JSON.stringify(first)}, only ${known.join(', ')}`);
  }
  return { root, path, source };
}

const isRoot = (name: string): name is TemplateRoot => (TEMPLATE_ROOTS as readonly string[]).includes(name);

/** Whether the placeholder's value must stay hidden. */
export const isConfidential = ({ root, path }: Placeholder): boolean =>
  root === 'secrets' || (root === 'run' && (path.length === 0 || path[0] === 'callbackToken'));

/** Whether any template in the value refers to something that must stay hidden, however short its value is. */
export function namesConfidential(value: Json): boolean {
  if (typeof value === 'string')
    return parseTemplate(value).some((part) => typeof part !== 'string' && isConfidential(part));
  if (value === null || typeof value !== 'object') return false;
  return Object.values(value).some(namesConfidential);
}
