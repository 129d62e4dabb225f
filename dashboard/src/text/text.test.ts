import { expect, it } from 'vitest';
import { spansOf } from './ansi.ts';
import { capital } from './capital.ts';
import { clip, visible } from './visible.ts';

it('hidden characters are shown', () => {
  expect(visible('a\u202eb\u0007c\u{e0041}')).toBe('a‹202E›b‹0007›c‹E0041›');
  expect(visible('two\nlines\tö 😀')).toBe('two\nlines\tö 😀');
});

it('a text is cut between characters', () => {
  expect(clip('ab😀cd', 3)).toEqual({ text: 'ab', left: 4 });
  expect(clip('ab😀cd', 4)).toEqual({ text: 'ab😀', left: 2 });
  expect(clip('ab', 2)).toEqual({ text: 'ab', left: 0 });
});

it('colours of a terminal become classes, and nothing else does', () => {
  expect(spansOf('a\u001b[1;31mb\u001b[0mc\u001b[2Jd\u001b]0;title\u0007e')).toEqual([
    { text: 'a', look: '' },
    { text: 'b', look: 'ansi-1 ansi-bold' },
    { text: 'c', look: '' },
    { text: 'd', look: '' },
    { text: 'e', look: '' },
  ]);
  expect(spansOf('\u001b[38;5;1')).toEqual([{ text: '‹001B›[38;5;1', look: '' }]);
});

it('a capital stands first, where there is a first', () => {
  expect(['changed', 'übrig', ''].map(capital)).toEqual(['Changed', 'Übrig', '']);
});
