import type { Json } from '../domain/json.js';
import { KEY_LENGTH, SecretIndex } from './secret-index.js';

const MASK = '***';
/** Shorter pieces of base64 too often match something else. */
const SHORTEST_PIECE = 8;

/**
 * Masks every secret value, in every form that it may take in transit, with `***`. When a text resembles secrets so
 * much that finding them would take too long, the whole text is masked.
 */
export class Redactor {
  private readonly index: SecretIndex | null;

  constructor(secretValues: Iterable<string>) {
    const forms = [...secretValues].filter((value) => value.length >= KEY_LENGTH).flatMap(formsOf);
    this.index = forms.length > 0 ? new SecretIndex([...new Set(forms)]) : null;
  }

  text(text: string): string {
    return this.index ? (this.index.replace(text, MASK) ?? MASK) : text;
  }

  /** Like `text`, for a cut text: also removes the start of a secret at its end. */
  cutText(text: string): string {
    if (!this.index) return text;
    const masked = this.text(text);
    const rest = this.index.begunAtEnd(masked);
    if (rest === null) return MASK;
    return rest > 0 ? masked.slice(0, -rest) + MASK : masked;
  }

  /** Masks a text, whose end may have been cut off (`Mask`). */
  readonly mask = (text: string, isCut: boolean): string => (isCut ? this.cutText(text) : this.text(text));

  /** Masks the strings, numbers and member names of a JSON value. */
  json(value: Json): Json {
    if (!this.index) return value;
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.text(String(value)) === String(value) ? value : MASK;
    if (Array.isArray(value)) return value.map((item) => this.json(item));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.text(key), this.json(item)]));
  }

  /** Whether the text contains a secret. */
  finds(text: string): boolean {
    return this.text(text) !== text;
  }
}

/** Replaces secret values of four or more characters, also URL-encoded, in base64 or escaped for JSON, with `***`. */
export const redact = (text: string, secretValues: Iterable<string>): string => new Redactor(secretValues).text(text);

function formsOf(value: string): string[] {
  const url = encodeURIComponent(value.replace(/[\ud800-\udfff]/gu, '\ufffd'));
  const json = JSON.stringify(value).slice(1, -1);
  const lowerHex = (text: string) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const urls = [url, url.replaceAll('%20', '+'), url.replace(/[!'()*]/g, percent)];
  return [value, ...urls, ...urls.map(lowerHex), json, json.replaceAll('/', '\\/'), ...base64FormsOf(value)];
}

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** Its base64, and the parts of it that stay the same anywhere in a longer text, as in `user:password`. */
function base64FormsOf(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const pieces = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
  });
  const whole = bytes.toString('base64');
  const forms = [whole, whole.replace(/={1,2}$/, ''), ...pieces.filter((piece) => piece.length >= SHORTEST_PIECE)];
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}
