/** The ids of the traces that requests are part of. */
const traces = new WeakMap<object, string>();

export const noteTrace = (request: object, traceId: string): void => void traces.set(request, traceId);

/** The trace of a request, as a field of its line in the log. */
export function traceOfRequest(request: object): { trace?: string } {
  const trace = traces.get(request);
  return trace === undefined ? {} : { trace };
}
