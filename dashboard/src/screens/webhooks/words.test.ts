import { expect, it } from 'vitest';
import { isTest, schemeWords, startsWords } from './words.ts';

it('a sample that was sent from here is told from calls of the sender', () => {
  expect(isTest({ messageId: 'test_0b51' })).toBe(true);
  expect(isTest({ messageId: 'msg_test_1' })).toBe(false);
  expect(isTest({ messageId: null })).toBe(false);
});

it('names how a sender signs', () => {
  expect(schemeWords('standard')).toBe('Standard Webhooks');
  expect(schemeWords('hmac')).toBe('HMAC');
  expect(schemeWords('new')).toBe('new');
});

it('says that tasks start for real', () => {
  expect(startsWords('deploy')).toContain('of type deploy');
  expect(startsWords(null)).toContain('for real');
});
