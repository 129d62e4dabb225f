/**
 * The delay that a `Retry-After` header requests, in milliseconds from `now` (epoch ms); undefined when the header is
 * missing or invalid. It holds seconds or an HTTP date.
 */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  const date = /^[A-Za-z]{3,9},? .*\bGMT$|^[A-Za-z]{3} [A-Za-z]{3} [ \d]\d [\d:]{8} \d{4}$/.test(text);
  // The asctime form names no zone; it means GMT.
  const at = date ? Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
