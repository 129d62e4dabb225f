import { canonicalJson } from '../../domain/canonical-json.js';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.js';
import { RefusedError } from './destination.js';

/**
 * The JSON Merge Patch (RFC 7396) that makes `after` of `before`.
 * @throws RefusedError where `after` holds a null that no such patch can bring
 */
export function mergeDifference(before: JsonObject, after: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const name of Object.keys(before)) if (after[name] === undefined) patch[name] = null;
  for (const [name, value] of Object.entries(after)) {
    const old = before[name];
    if (value === undefined || canonicalJson(old ?? null) === canonicalJson(value)) continue;
    patch[name] = isJsonObject(value) ? mergeDifference(isJsonObject(old) ? old : {}, value) : settable(value);
  }
  return patch;
}

function settable(value: Json): Json {
  if (value !== null) return value;
  throw new RefusedError(
    'has a new member with the value null, which a change cannot set; delete the task, and import it anew',
  );
}
