import { z } from 'zod';

/** Any value that JSON can represent. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export type JsonObject = { [key: string]: Json };

/**
 * Any JSON, unchanged: user data, without a schema. Code that takes JSON in from outside must inspect it first
 * (`json-value`).
 */
export const jsonSchema = z.custom<Json>((value) => value !== undefined, 'must be JSON');

/** An object whose members are any JSON. */
export const jsonObjectSchema = z
  .custom<JsonObject>(isJsonObject, 'must be an object')
  .meta({ type: 'object', additionalProperties: {} });

/** Whether a value that comes of JSON is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
