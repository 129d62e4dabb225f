import { InvalidInputError } from '../../domain/errors.js';
import { jsonSize } from '../../domain/json-size.js';
import type { Json } from '../../domain/json.js';
import { isFinished, type Run } from '../../domain/run.js';
import type { Redactor } from '../../secrets/redact.js';
import type { AttemptEnd } from '../planning/attempt-end.js';

/** The answer of a receiver that was asked to call back. */
export interface Completion {
  token: string;
  outcome: 'succeeded' | 'failed';
  output?: Json;
  error?: string;
}

/** A heartbeat of a receiver that was asked to call back. */
export interface SignOfLife {
  token: string;
  /** How much of the work is done, 0 to 100. */
  percent?: number;
  message?: string;
}

/** The code of the error of an attempt that its receiver reported as failed. */
const REPORTED = 'callback';

/** The same limit as for the bodies that called hosts answer with. */
const LONGEST_OUTPUT_BYTES = 65_536;

/** @throws InvalidInputError when the output is longer than a run keeps of an answer */
export function demandShort(output: Json | undefined): void {
  if (output === undefined || jsonSize(output) <= LONGEST_OUTPUT_BYTES) return;
  const detail = `must take at most ${LONGEST_OUTPUT_BYTES} bytes as JSON`;
  throw new InvalidInputError([{ pointer: '/output', detail }]);
}

/** How the completion ends the attempt, without anything confidential that it repeats. */
export function endOf({ outcome, output, error }: Completion, redactor: Redactor): AttemptEnd {
  const kept = output === undefined ? null : redactor.json(output);
  if (outcome === 'succeeded') return { kind: 'succeeded', output: kept };
  const message = redactor.text(error ?? 'The receiver reported a failure.');
  return { kind: 'failed', failure: { error: { code: REPORTED, message } }, output: kept };
}

/** Whether this attempt is the current one and has not ended, as far as the store knows. */
export const isUnderWay = (run: Run, attempt: number): boolean =>
  run.attempt === attempt && (run.state === 'running' || (run.state === 'pending' && run.owner !== null));

/** Whether this attempt, with none after it yet, has ended by a call-back of this outcome. */
export const isRepeated = (run: Run, attempt: number, completion: Completion): boolean =>
  run.attempts.at(-1)?.number === attempt && run.state !== 'running' && hasEndedBy(run, attempt, completion);

/** Whether this attempt has ended by a call-back of this outcome. */
export function hasEndedBy({ attempts }: Run, attempt: number, { outcome }: Completion): boolean {
  const ended = attempts.find(({ number }) => number === attempt);
  return ended?.outcome === outcome && (outcome === 'succeeded' || ended.error?.code === REPORTED);
}

/** Why a call-back for this attempt changes nothing any more. */
export const lateSentence = (run: Run, attempt: number): string =>
  isFinished(run.state)
    ? `The run has already ${wordFor(run)}.`
    : `The attempt ${attempt} of the run has already ended.`;

/** How a finished run ended, as in "has already …". */
export const wordFor = (run: Run): string =>
  run.state === 'timed_out' ? 'timed out' : run.state === 'cancelled' ? 'been cancelled' : run.state;
