import { isTooDeep } from '../domain/json-depth.js';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.js';
import { NotCarriedOver } from './reading.js';

/** A JSON text that a source keeps. @throws NotCarriedOver naming `what` it is */
export function jsonOf(text: string, what: string): Json {
  try {
    const value = JSON.parse(text) as Json;
    if (!isTooDeep(value)) return value;
  } catch {
    throw new NotCarriedOver(`has ${what} that are no JSON`);
  }
  throw new NotCarriedOver(`has ${what} that are nested too deeply`);
}

/** The parameters of a task that gets this value. */
export const parametersOf = (data: Json | undefined): JsonObject =>
  isJsonObject(data) ? data : data === undefined || data === null ? {} : { data };
