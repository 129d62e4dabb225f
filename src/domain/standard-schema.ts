import type { Fault } from './errors.js';
import { pointerOf } from './faults.js';

/** A schema of any library that follows version 1 of https://standardschema.dev, as far as it is used here. */
export interface StandardSchema<Value = unknown> {
  readonly '~standard': {
    validate(value: unknown): Checked<Value> | Promise<Checked<Value>>;
  };
}

/** The value as the schema makes it, or what is wrong with it. */
export type Checked<Value> =
  { readonly value: Value; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * The value by the schema, or its faults; pointers are relative to the value. A schema that waits is refused with the
 * error that `waits` makes.
 */
export function checkedBy(
  schema: StandardSchema,
  value: unknown,
  waits: () => Error,
): { value: unknown } | { faults: Fault[] } {
  const checked = schema['~standard'].validate(value);
  if (checked instanceof Promise) {
    checked.catch(() => undefined);
    throw waits();
  }
  if (!checked.issues) return { value: checked.value };
  return {
    faults: checked.issues.map(({ path = [], message }) => ({ pointer: pointerOf(path.map(keyOf)), detail: message })),
  };
}

const keyOf = (part: PropertyKey | { readonly key: PropertyKey }): PropertyKey =>
  typeof part === 'object' ? part.key : part;
