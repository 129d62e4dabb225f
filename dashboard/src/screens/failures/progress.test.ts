import { afterEach, expect, it, vi } from 'vitest';
import { stateOf } from './progress.model.ts';

vi.mock('../../app/base.ts', () => ({ BASE: '', API: 'http://here', isHostSignIn: false }));
vi.mock('../../session/token.ts', () => ({ currentToken: () => null }));
afterEach(() => void vi.unstubAllGlobals());

function answering(...answers: [status: number, body: object][]) {
  const answer = vi.fn<typeof fetch>(() => {
    const [status, body] = answers.shift()!;
    return Promise.resolve(Response.json(body, { status }));
  });
  vi.stubGlobal('fetch', answer);
  return answer;
}

it('a run that is gone has ended, and is not asked for again', async () => {
  const asked = answering([404, { detail: 'There is no such run.' }]);
  expect([await stateOf('gone'), await stateOf('gone')]).toEqual(['cancelled', 'cancelled']);
  expect(asked).toHaveBeenCalledOnce();
});

it('a run is asked for until it has ended', async () => {
  const asked = answering([200, { state: 'running' }], [200, { state: 'failed' }]);
  expect([await stateOf('a'), await stateOf('a'), await stateOf('a')]).toEqual(['running', 'failed', 'failed']);
  expect(asked).toHaveBeenCalledTimes(2);
});

it('what the service does not answer is no end', async () => {
  answering([503, { detail: 'It is busy.' }], [200, { state: 'succeeded' }]);
  await expect(stateOf('b')).rejects.toThrow('It is busy.');
  expect(await stateOf('b')).toBe('succeeded');
});
