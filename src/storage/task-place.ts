/** The values that tell a place in a sorted list. */
export type Place = readonly (string | number | null)[];

export const writePlace = (place: Place): string => JSON.stringify(place);

/** The place of this many values. Of a text that a store has not written, something; nothing in it is an object. */
export function readPlace(text: string, length: number): Place {
  const values = parsed(text);
  return Array.from({ length }, (_, index) => scalar(Array.isArray(values) ? values[index] : undefined));
}

const scalar = (value: unknown): string | number | null =>
  typeof value === 'string' || typeof value === 'number' ? value : null;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
