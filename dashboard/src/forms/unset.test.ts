import { expect, it } from 'vitest';
import { unsetWords } from './unset.ts';

const CHOICES = [
  ['skip', 'the new one is skipped'],
  ['allow', 'both run'],
] as const;

it('no choice names what counts then', () => {
  expect(unsetWords(CHOICES, 'skip')).toBe('not set: the new one is skipped');
  expect(unsetWords(CHOICES, undefined)).toBe('choose one');
});
