import type { Json } from '../../domain/json.js';
import { TriggerFault } from '../trigger-type.js';

/** Tests a value. */
export type Query = (value: Json) => boolean;

/** A fault in a filter, at a pointer relative to its trigger. */
export const fault = (pointer: string, detail: string): TriggerFault => new TriggerFault(pointer, detail);

/** Compiles a query over objects. @throws TriggerFault */
export type QueryCompiler = (query: Readonly<Record<string, Json>>, pointer: string) => Query;
