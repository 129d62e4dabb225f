/** The longest output of a handler that is kept, in characters of JSON. */
export const LONGEST_OUTPUT = 65_536;

export const NOT_KEPT = `The handler's output is not kept: it is not JSON, longer than ${LONGEST_OUTPUT} characters or too deep.`;

/** The output as JSON; undefined when there is none, null when JSON cannot represent it or it is too long. */
export function jsonOutput(value: unknown): string | null | undefined {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text !== undefined && text.length > LONGEST_OUTPUT ? null : text;
  } catch {
    return null;
  }
}
