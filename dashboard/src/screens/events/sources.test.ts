import { expect, it } from 'vitest';
import { sourceWords } from './sources.model.ts';

const nameOf = (id: string): string | undefined => (id === '01a22e3b-c303-7ce8' ? 'Code host' : undefined);

it.each([
  ['webhook:01a22e3b-c303-7ce8', 'webhook Code host'],
  ['webhook:01a22e3b-c303-0000', 'webhook …303-0000'],
  ['https://shop.example.org', 'https://shop.example.org'],
])('%s is called %s', (source, words) => expect(sourceWords(source, nameOf)).toBe(words));
