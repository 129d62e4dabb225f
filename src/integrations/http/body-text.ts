/** Types whose bodies are text, whatever their bytes. */
const TEXT_TYPE = /^\s*(text\/|application\/(x-www-form-urlencoded|javascript|ecmascript|graphql|sql|toml|yaml))/i;
const TEXT_SYNTAX = /^[^;]*[/+](json|xml|yaml|x-ndjson|json-seq)\s*(;|$)/i;
const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]{1,40})/i;

/**
 * Whether a body is no text: its type does not say that it is text, and its bytes are not UTF-8, or hold NUL. The bytes
 * may end within a character.
 */
export function isBinary(bytes: Buffer, type: string): boolean {
  if (TEXT_TYPE.test(type) || TEXT_SYNTAX.test(type)) return false;
  return bytes.includes(0) || !isUtf8(bytes);
}

/** The body as text, by the charset of its type: UTF-8 where that names none that is known. */
export const textOf = (bytes: Buffer, type: string): string => decoderFor(type).decode(bytes);

function decoderFor(type: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(CHARSET.exec(type)?.[1] ?? 'utf-8');
  } catch {
    return new TextDecoder();
  }
}

function isUtf8(bytes: Buffer): boolean {
  try {
    // As a stream, whose last character may be yet to come.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
