import type { Json } from '../../domain/json.js';
import { ActionError } from '../action.js';
import type { RenderedSize } from './rendered-size.js';
import { parseTemplate, type Placeholder, type TemplateScope } from './template.js';

/** Characters that a header value must not contain, above all line breaks and NUL. */
const NOT_IN_HEADER = /[^\t\x20-\x7e\x80-\xff]/;

/** The value of a placeholder. Throws an `ActionError` with the placeholder's path when there is none. */
export function valueOf({ root, path, source }: Placeholder, scope: TemplateScope): Json {
  let value: Json | undefined = scope[root];
  for (const name of path) value = memberOf(value, name);
  if (value === undefined) throw templateError(`The template "${source}" has no value.`);
  return value;
}

/** Own members only: a name must never reach what every object inherits. */
function memberOf(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return /^(0|[1-9]\d{0,8})$/.test(name) ? value[Number(name)] : undefined;
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The value as text: strings unchanged, everything else as JSON. */
export const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Fills in the templates of a text. */
export const renderText = (text: string, scope: TemplateScope, size: RenderedSize): string =>
  parseTemplate(text)
    .map((part) => size.add(typeof part === 'string' ? part : textOf(valueOf(part, scope), size)))
    .join('');

function textOf(value: Json, size: RenderedSize): string {
  // Refuses a value that is too large before writing it.
  if (typeof value !== 'string') size.demandRoomFor(value);
  return asText(value);
}

/**
 * Fills in the templates in the strings of a JSON value; a string that is a single template becomes the value itself.
 */
export function renderJson(value: Json, scope: TemplateScope, size: RenderedSize): Json {
  if (typeof value === 'string') return renderString(value, scope, size);
  if (value === null || typeof value !== 'object') return size.addValue(value);
  size.addFrame(value);
  if (Array.isArray(value)) return value.map((item) => renderJson(item, scope, size));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, renderJson(item, scope, size)]));
}

function renderString(text: string, scope: TemplateScope, size: RenderedSize): Json {
  if (!text.includes('{{')) return size.add(text);
  const [only, ...others] = parseTemplate(text);
  if (only !== undefined && typeof only !== 'string' && others.length === 0) return size.addValue(valueOf(only, scope));
  return renderText(text, scope, size);
}

/** Fills in a header value. Throws an `ActionError` when the value could start another header. */
export function renderHeader(name: string, text: string, scope: TemplateScope, size: RenderedSize): string {
  const value = renderText(text, scope, size);
  if (!isHeaderValue(value))
    throw templateError(`The value of the header "${name}" holds characters that none may have.`);
  return value;
}

export const isHeaderValue = (value: string): boolean => !NOT_IN_HEADER.test(value);

/** A template that cannot be filled in; another attempt would fail in the same way. */
export const templateError = (message: string): ActionError =>
  new ActionError('template', message, { retryable: false });
