import type { Json } from '../../domain/json.js';
import { TriggerFault } from '../trigger-type.js';

/** Decides about a value. */
export type Query = (value: Json) => boolean;

/** Something is wrong with a filter, at a pointer that is relative to its trigger. */
export const fault = (pointer: string, detail: string): TriggerFault => new TriggerFault(pointer, detail);

/** Makes a query over objects of what was written for it. @throws TriggerFault */
export type QueryCompiler = (query: Readonly<Record<string, Json>>, pointer: string) => Query;
