import { expect, it } from 'vitest';
import { labelOf } from './labels.ts';

it.each([
  ['/action/url', 'URL'],
  ['/triggers/1/expression', 'Trigger 2: expression'],
  ['/triggers/0', 'Trigger 1'],
  ['/action/headers/x', 'action/headers/x'],
  ['/triggers/0/dst/gap', 'triggers/0/dst/gap'],
  ['', 'The task'],
])('%s is called %s', (pointer, label) => expect(labelOf(pointer)).toBe(label));
