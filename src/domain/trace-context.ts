/** A place in a trace, as W3C Trace Context writes it. */
export interface TraceContext {
  /** `00-<trace id>-<span id>-<flags>`. */
  traceparent: string;
  /** What other tracing systems keep with it. */
  tracestate?: string;
}

const PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const LONGEST_PARENT = 512;
const LONGEST_STATE = 512;
const MOST_MEMBERS = 32;
const MEMBER = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/**
 * The place in a trace that two headers or attributes name; undefined where they name none. What is wrong is ignored, as the
 * recommendation demands: it must fail no request.
 */
export function traceContextOf(traceparent: unknown, tracestate?: unknown): TraceContext | undefined {
  if (typeof traceparent !== 'string' || traceparent.length > LONGEST_PARENT) return undefined;
  const [, version, trace, span, flags, rest] = PARENT.exec(traceparent.trim()) ?? [];
  if (trace === undefined || version === 'ff' || /^0+$/.test(trace) || /^0+$/.test(span!)) return undefined;
  // Later versions may say more after this, and only they.
  if (version === '00' && rest !== undefined) return undefined;
  const state = stateOf(tracestate);
  return { traceparent: `00-${trace}-${span}-${flags}`, ...(state !== undefined && { tracestate: state }) };
}

function stateOf(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > LONGEST_STATE) return undefined;
  const members = text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
  const names = new Set(members.map((member) => member.split('=', 1)[0]));
  const isGood = members.length > 0 && members.length <= MOST_MEMBERS && names.size === members.length;
  return isGood && members.every((member) => MEMBER.test(member)) ? members.join(',') : undefined;
}

/** The place in a trace that a store keeps; undefined where it cannot be read: it decides nothing. */
export function storedTrace(stored: unknown): TraceContext | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const { traceparent, tracestate } = stored as Record<string, unknown>;
  return traceContextOf(traceparent, tracestate);
}

/** The id of the trace. */
export const traceIdOf = ({ traceparent }: Pick<TraceContext, 'traceparent'>): string => traceparent.slice(3, 35);

/** Whether whoever began it keeps what is told of it. */
export const isSampled = ({ traceparent }: Pick<TraceContext, 'traceparent'>): boolean =>
  (Number.parseInt(traceparent.slice(53), 16) & 1) === 1;
