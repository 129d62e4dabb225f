import { z } from 'zod';

/** Plain decimals only: no signs of a programming language, no white space, no exponent. */
const DECIMAL = /^(0|-?[1-9]\d{0,15})$/;

/** A whole number in a query, from `min` to `max`; `fallback` when the query does not have it. */
export const wholeNumber = (min: number, max: number, fallback: number) => wholeIn(min, max).default(fallback);

/** The same, absent when the query does not have it. */
export const wholeNumberOrNone = (min: number, max: number) => wholeIn(min, max).optional();

function wholeIn(min: number, max: number) {
  const sentence = `must be a whole number from ${min} to ${max}`;
  const number = z.number({ error: sentence }).int(sentence).min(min, sentence).max(max, sentence);
  return z.preprocess(fromDecimal, number);
}

const fromDecimal = (text: unknown): unknown => (typeof text === 'string' && DECIMAL.test(text) ? Number(text) : text);
