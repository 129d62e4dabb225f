import { isJsonObject, type Json } from '../../domain/json.js';
import { answeredJson } from '../answered-json.js';
import type { FlowProgress } from './test-flow-service.js';

const LONGEST_ERROR = 2000;

/**
 * How far a flow is by the answer of its engine. An engine that answers something else than a flow does not let it be
 * followed: then the answer is the output.
 */
export function progressIn(text: string): FlowProgress {
  const value: Json = text === '' ? null : (answeredJson(text) ?? text);
  if (!isJsonObject(value)) return { state: 'succeeded', output: value };
  const { state, output = null, error } = value;
  if (state === 'running') return { state };
  if (state === 'succeeded') return { state, output };
  if (state !== 'failed' && state !== 'cancelled') return { state: 'succeeded', output: value };
  return { state, output, error: typeof error === 'string' ? error.slice(0, LONGEST_ERROR) : null };
}
