import { expect, it } from 'vitest';
import { makerWords } from './maker.model.ts';

it.each([
  ['user', 'ann', undefined, 'ann'],
  ['api-key', '01a22e3b-c303-7ce8', 'Deployment', 'the key Deployment'],
  ['api-key', '01a22e3b-c303-7ce8', undefined, 'the key …303-7ce8'],
  ['webhook', '01a22e3b-c303-7ce8', undefined, 'the webhook …303-7ce8'],
  ['module', 'module', undefined, 'the application'],
  ['engine', 'engine', undefined, 'the engine itself'],
] as const)('%s %s, named %s: %s', (type, id, name, words) => expect(makerWords({ type, id }, name)).toBe(words));
