import { asText, templateError, valueOf } from './render.js';
import type { RenderedSize } from './rendered-size.js';
import {
  parseTemplate,
  TemplateSyntaxError,
  type Placeholder,
  type TemplatePart,
  type TemplateScope,
} from './template.js';

/** Scheme and authority, written literally. */
const LITERAL_ORIGIN = /^https?:\/\/[^/?#]+/i;
/** Characters that the URL parser drops, or treats as a slash. */
const AMBIGUOUS = /[\s\\\p{Cc}]/u;

/**
 * A URL with templates. A value is one piece of the path or query: it is percent-encoded and can change neither the
 * host nor the structure. Or it is, at the very start, the whole address up to the path
 * (`{{parameters.baseUrl}}/suites`). Only `parameters` and `secrets` may supply that: whoever sends events must not
 * decide where secrets go.
 */
export class UrlTemplate {
  private readonly parts: readonly TemplatePart[];
  private readonly base: Placeholder | null;

  /** Throws `TemplateSyntaxError`. */
  constructor(text: string) {
    const parts = parseTemplate(text);
    const [first, second = ''] = parts;
    if (parts.some((part) => typeof part === 'string' && AMBIGUOUS.test(part))) {
      throw new TemplateSyntaxError('must hold no white space, control characters or backslashes');
    }
    this.base = first !== undefined && typeof first !== 'string' ? first : null;
    this.parts = this.base ? parts.slice(1) : parts;
    if (this.base) checkBase(this.base, second);
    else checkLiteral(typeof first === 'string' ? first : '', parts.length > 1);
  }

  /** The URL with its values. Throws an `ActionError` when a value is missing or not allowed at its position. */
  render(scope: TemplateScope, size: RenderedSize): URL {
    const rest = this.parts.map((part) =>
      size.add(typeof part === 'string' ? part : encode(asText(valueOf(part, scope)))),
    );
    this.refuseDotSegments(rest);
    const end = rest.join('');
    return parseHttpUrl(this.base ? size.add(renderBase(this.base, end, scope)) + end : end);
  }

  /** A segment that a value turns into "." or ".." would remove other segments. */
  private refuseDotSegments(rendered: readonly string[]): void {
    const literal = this.parts.map((part) => (typeof part === 'string' ? part : '\0'));
    const shape = literal.join('').split(/[?#]/)[0]!.split('/');
    let next = 0;
    const values = rendered.filter((_, index) => literal[index] === '\0');
    for (const segment of shape) {
      if (!segment.includes('\0')) continue;
      const filled = segment.replace(/\0/g, () => values[next++]!);
      if (/^(\.|%2e){1,2}$/i.test(filled)) throw templateError('A value would change the path of the URL.');
    }
  }
}

function checkBase({ root, source }: Placeholder, next: TemplatePart): void {
  if (root !== 'parameters' && root !== 'secrets') {
    throw new TemplateSyntaxError(`"${source}" cannot decide the host; only parameters and secrets can`);
  }
  if (typeof next !== 'string' || (next !== '' && !/^[/?#]/.test(next))) {
    throw new TemplateSyntaxError('a template at the beginning must stand for the whole address up to the path');
  }
}

function checkLiteral(text: string, followed: boolean): void {
  const origin = LITERAL_ORIGIN.exec(text)?.[0];
  if (!origin) throw new TemplateSyntaxError('must be a URL that begins with http:// or https:// and a host');
  if (followed && origin === text) throw new TemplateSyntaxError('a part of the host cannot be a template');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) throw new TemplateSyntaxError('must be a valid URL');
  if (hasCredentials(url)) throw new TemplateSyntaxError('must hold no user name or password; use a header');
}

/** The address that a template supplies; it must have no query when a path follows. */
function renderBase(placeholder: Placeholder, end: string, scope: TemplateScope): string {
  const text = asText(valueOf(placeholder, scope));
  if (AMBIGUOUS.test(text)) throw templateError(`The value of "${placeholder.source}" is not a URL.`);
  const { href } = parseHttpUrl(text);
  if (end === '') return href;
  if (/[?#]/.test(text)) throw templateError(`The value of "${placeholder.source}" must end with its path.`);
  return end.startsWith('/') ? href.replace(/\/$/, '') : href;
}

/** Parses a URL that may be called. Throws an `ActionError` that does not show the URL, since it may hold secrets. */
export function parseHttpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw templateError('The URL is not a valid http or https URL.');
  if (hasCredentials(url)) throw templateError('The URL holds a user name or password.');
  return url;
}

const hasCredentials = (url: URL): boolean => url.username !== '' || url.password !== '';

/** Percent-encodes a value; lone surrogates, which cannot be encoded, become U+FFFD. */
const encode = (text: string): string => encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
