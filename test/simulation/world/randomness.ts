import type { Random } from './random.js';

let source: Random | null = null;

/** A unique text, the same for the same seed, from which the engine makes new ids. */
export function seededText(): string {
  if (!source) throw new Error('An id is asked for outside of a simulation.');
  return `${source.next()} ${source.next()}`;
}

/** Does the work while everything that the engine draws at random comes from `random`. */
export async function seeded<Result>(random: Random, work: () => Promise<Result>): Promise<Result> {
  const { random: original } = Math;
  source = random;
  Math.random = () => random.next();
  try {
    return await work();
  } finally {
    Math.random = original;
    source = null;
  }
}
