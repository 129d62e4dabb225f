import { z } from 'zod';

/** Any value that JSON can carry. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export type JsonObject = { [key: string]: Json };

/**
 * Any JSON, as it is: what users send is data, which no schema takes apart. Whoever takes it in from outside looks at it
 * first (`json-value`).
 */
export const jsonSchema = z.custom<Json>((value) => value !== undefined, 'must be JSON');

/** An object whose members are any JSON. */
export const jsonObjectSchema = z
  .custom<JsonObject>(isJsonObject, 'must be an object')
  .meta({ type: 'object', additionalProperties: {} });

function isJsonObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
