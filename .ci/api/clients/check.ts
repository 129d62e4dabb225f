/** Throws an error unless `holds` is true. */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`This does not hold: ${what}.`);
}
