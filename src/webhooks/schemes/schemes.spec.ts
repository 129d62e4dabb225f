import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { Scheme } from '../scheme-schema.js';
import { Macs, MOST_SECRETS } from './macs.js';
import { schemeOf } from './schemes.js';
import { SignedRequest } from './signed-request.js';

/** Scanners for leaked secrets know this beginning. */
const SHARED = 'whsec' + '_';
const SECRET = `${SHARED}MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`;
const OTHER = `${SHARED}${Buffer.alloc(32, 7).toString('base64')}`;
const PUBLIC = 'whpk' + '_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=';
const AT = 1_614_265_330;
const BODY = '{"test": 2432232314}';
const V1 = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const DECOY = 'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=';
const V1A = 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==';
const SLACK_BODY =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';

const HMAC: Scheme = {
  ...{ type: 'hmac', header: 'x-signature', algorithm: 'sha512', encoding: 'base64', prefix: 'v2:' },
  timestampHeader: 'x-time',
};
const STANDARD: Scheme = { type: 'standard' };

interface Case {
  name: string;
  scheme: Scheme;
  secret: string;
  at: number;
  body: string;
  headers: Record<string, string>;
}

const standardHeaders = (signature: string, changes: Record<string, string> = {}) => ({
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': String(AT),
  'webhook-signature': signature,
  ...changes,
});
const standardCase = { scheme: STANDARD, at: AT, body: BODY };

const KNOWN_GOOD: Case[] = [
  { ...standardCase, name: 'Standard Webhooks v1', secret: SECRET, headers: standardHeaders(V1) },
  { ...standardCase, name: 'v1 in a list', secret: SECRET, headers: standardHeaders(`${DECOY} v2,x ${V1A} ${V1}`) },
  { ...standardCase, name: 'Standard Webhooks v1a', secret: PUBLIC, headers: standardHeaders(`${DECOY} ${V1A}`) },
  {
    name: 'GitHub',
    scheme: { type: 'github' },
    secret: "It's a Secret to Everybody",
    at: 0,
    body: 'Hello, World!',
    headers: { 'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' },
  },
  {
    name: 'Slack',
    scheme: { type: 'slack' },
    secret: '8f742231b10e8888abcd99yyyzzz85a5',
    at: 1_531_420_618,
    body: SLACK_BODY,
    headers: {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    },
  },
  {
    name: 'Stripe',
    scheme: { type: 'stripe' },
    secret: `${SHARED}test_secret`,
    at: AT,
    body: '{"id":"evt_test_webhook","object":"event"}',
    headers: {
      'stripe-signature': `t=${AT},v1=${'0'.repeat(64)},v0=${'1'.repeat(64)},v1=3c5817089d739023dd6190f70a3757e04f7a2fd8b5dab12c2e000f51970dccff`,
    },
  },
  {
    name: 'GitLab 19',
    scheme: { type: 'gitlab' },
    secret: `${SHARED}dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=`,
    at: AT,
    body: '{"object_kind":"push"}',
    headers: {
      'webhook-id': 'f5e5f430-f57b-4e6e-9fac-d9128cd7232f',
      'webhook-timestamp': String(AT),
      'webhook-signature': 'v1,/ViVgkU29AlLDG84ZUpASOMh5mP5jge4tZ4caCmx3rI=',
    },
  },
];

const inspect = (
  { scheme, secret, at, body, headers }: Case,
  changes: Partial<{ secrets: string[]; now: number; rawHeaders: string[]; body: string }> = {},
) => {
  const { secrets = [secret], now = at * 1000, rawHeaders = Object.entries(headers).flat() } = changes;
  const request = new SignedRequest(Buffer.from(changes.body ?? body), rawHeaders);
  return schemeOf(scheme).inspect({ request, secrets, now, macs: new Macs() });
};
const ofName = (name: string): Case => KNOWN_GOOD.find((each) => each.name === name)!;
const SIGNATURES = ['webhook-signature', 'x-hub-signature-256', 'x-slack-signature', 'stripe-signature'];

describe('signatures', () => {
  it.each(KNOWN_GOOD)('accepts the known-good value of $name', (known) => {
    expect(inspect(known)).toBeNull();
    expect(schemeOf(known.scheme).secretFault(known.secret)).toBeNull();
  });

  it.each(KNOWN_GOOD)('refuses $name with another body, secret, or signature header', (known) => {
    expect(inspect(known, { body: `${known.body} ` })).toBe('signature');
    expect(inspect(known, { secrets: [known.secret === SECRET ? OTHER : SECRET] })).toBe('signature');
    expect(inspect(known, { secrets: [] })).toBe('signature');
    const without = Object.fromEntries(Object.entries(known.headers).filter(([name]) => !SIGNATURES.includes(name)));
    expect(inspect(known, { rawHeaders: Object.entries(without).flat() })).toBe('signature');
    const twice = Object.entries(known.headers).flat();
    const [name, value] = Object.entries(known.headers).find(([each]) => SIGNATURES.includes(each))!;
    expect(inspect(known, { rawHeaders: [...twice, name.toUpperCase(), value] })).toBe('signature');
  });

  it.each(KNOWN_GOOD)('accepts $name by any of the active secrets, with the same work', (known) => {
    const other = known.scheme.type === 'standard' || known.scheme.type === 'gitlab' ? OTHER : 'another secret';
    expect(inspect(known, { secrets: [other, other, known.secret] })).toBeNull();
    const macs = new Macs();
    const request = SignedRequest.of(Buffer.from(known.body), known.headers);
    for (const secrets of [[], [other], [known.secret], [other, known.secret]])
      schemeOf(known.scheme).inspect({ request, secrets, now: known.at * 1000, macs });
    expect(macs.computed).toBe(4 * MOST_SECRETS);
  });

  it.each(KNOWN_GOOD.filter(({ at }) => at > 0))('refuses $name more than five minutes off, both ways', (known) => {
    const now = known.at * 1000;
    for (const offset of [300_000, -300_000]) expect(inspect(known, { now: now + offset })).toBeNull();
    for (const offset of [300_001, -300_001, 1e12]) expect(inspect(known, { now: now + offset })).toBe('stale');
  });

  it.each(['+1614265330', ' 1614265330', '1614265330.0', '1.6e9', '0x60380a72', '', '١٦١٤', '1614265330,1614265330'])(
    'refuses the time %j',
    (time) => {
      const known = ofName('Standard Webhooks v1');
      const body = Buffer.from(BODY);
      const signed = schemeOf(STANDARD).sign(SECRET, body, { id: 'm', now: AT * 1000 })!;
      const raw = Object.entries({ ...signed, 'webhook-timestamp': time }).flat();
      expect(inspect(known, { rawHeaders: raw })).toBe('signature');
    },
  );

  it('of Standard Webhooks are those of its own library', () => {
    const [id, at] = ['m-1', new Date(Math.floor(Date.now() / 1000) * 1000)];
    const theirs = standardHeaders(new Webhook(SECRET).sign(id, at, BODY), { 'webhook-id': id });
    const headers = { ...theirs, 'webhook-timestamp': String(at.getTime() / 1000) };
    expect(inspect({ ...ofName('Standard Webhooks v1'), headers, at: at.getTime() / 1000 })).toBeNull();
    const ours = schemeOf(STANDARD).sign(SECRET, Buffer.from(BODY), { id, now: at.getTime() })!;
    expect(new Webhook(SECRET).verify(BODY, ours)).toEqual(JSON.parse(BODY));
  });

  it('refuses an id with a dot, by which a signed content could be cut elsewhere', () => {
    const now = AT * 1000;
    const headers = schemeOf(STANDARD).sign(SECRET, Buffer.from('{}'), { id: `a.${AT}`, now })!;
    expect(inspect({ ...ofName('Standard Webhooks v1'), headers, body: '{}' })).toBe('signature');
  });

  it('of GitLab never falls back to the token when there is a signature, or a secret that signs', () => {
    const known = ofName('GitLab 19');
    const token = ['x-gitlab-token', known.secret];
    const wrong = ['webhook-id', 'm', 'webhook-timestamp', String(AT), 'webhook-signature', DECOY];
    expect(inspect(known, { rawHeaders: token })).toBe('signature');
    expect(inspect(known, { rawHeaders: [...token, ...wrong] })).toBe('signature');
    const old = { ...known, secret: 'an old token', headers: { 'x-gitlab-token': 'an old token' } };
    expect(inspect(old)).toBeNull();
    expect(inspect(old, { rawHeaders: ['x-gitlab-token', 'an old token', 'webhook-signature', DECOY] })).toBe(
      'signature',
    );
    expect(inspect(old, { rawHeaders: ['x-gitlab-token', 'an old tokem'] })).toBe('signature');
    expect(inspect(old, { rawHeaders: [] })).toBe('signature');
  });

  it.each<[Scheme, string]>([
    [STANDARD, SECRET],
    [{ type: 'github' }, 'a secret text'],
    [{ type: 'gitlab' }, 'a secret text'],
    [{ type: 'gitlab' }, SECRET],
    [{ type: 'stripe' }, 'a secret text'],
    [{ type: 'slack' }, 'a secret text'],
    [HMAC, 'a secret text'],
  ])('signs what it accepts: %j', (scheme, secret) => {
    const body = Buffer.from('{"id":"evt_1"}');
    const now = AT * 1000;
    const headers = schemeOf(scheme).sign(secret, body, { id: 'm-1', now })!;
    const request = SignedRequest.of(body, headers);
    expect(schemeOf(scheme).inspect({ request, secrets: [secret], now, macs: new Macs() })).toBeNull();
    const tampered = SignedRequest.of(Buffer.from('{"id":"evt_2"}'), headers);
    if (scheme.type !== 'gitlab' || secret === SECRET)
      expect(schemeOf(scheme).inspect({ request: tampered, secrets: [secret], now, macs: new Macs() })).toBe(
        'signature',
      );
    expect(schemeOf(scheme).secretFault(schemeOf(scheme).newSecret())).toBeNull();
  });

  it('take no secret that cannot be one', () => {
    const fault = (scheme: Scheme, text: string) => schemeOf(scheme).secretFault(text);
    expect(fault(STANDARD, 'plain')).toContain('whsec_');
    expect(fault(STANDARD, `${SHARED}c2hvcnQ=`)).not.toBeNull();
    expect(fault(STANDARD, 'whsk' + '_abc')).toContain('public key');
    expect(fault({ type: 'github' }, 'short')).not.toBeNull();
    expect(fault({ type: 'gitlab' }, `${SHARED}c2hvcnQ=`)).not.toBeNull();
  });
});
