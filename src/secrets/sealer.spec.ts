import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Action } from '../domain/action.js';
import { presentAction } from '../domain/http-action.js';
import { KeyRing } from './key-ring.js';
import type { SealFault } from './key-ring.js';
import { SealedSecretError, Sealer, useOf } from './sealer.js';
import { SecretsService } from './secrets.service.js';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [first, second] = [key('k1'), key('k2')];
const sealer = new Sealer(KeyRing.parse(first));
const context = { organization: 'acme', taskId: 't1', name: 'token', use: 'a' };
const PLAIN = 'correct horse battery staple';

function faultOf(act: () => unknown): SealFault {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(SealedSecretError);
    expect((error as Error).message).not.toContain(PLAIN);
    return (error as SealedSecretError).fault;
  }
  throw new Error('it was opened');
}

describe('Sealer', () => {
  it('opens what it sealed, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        expect(sealer.open(sealer.seal(text, context), context)).toBe(text);
      }),
    );
  });

  it('writes version, key id, a fresh 96-bit IV, and ciphertext with tag', () => {
    const [version, keyId, iv, body] = sealer.seal(PLAIN, context).split('.');
    expect([version, keyId]).toEqual(['v2', 'k1']);
    expect(Buffer.from(iv!, 'base64url')).toHaveLength(12);
    expect(Buffer.from(body!, 'base64url')).toHaveLength(PLAIN.length + 16);
    const ivs = Array.from({ length: 200 }, () => sealer.seal(PLAIN, context).split('.')[2]);
    expect(new Set(ivs).size).toBe(200);
  });

  it('opens nothing of which a single character was changed', () => {
    const sealed = sealer.seal(PLAIN, context);
    for (let i = 0; i < sealed.length; i++) {
      for (const other of ['A', 'B', '.', '*']) {
        if (sealed[i] !== other) faultOf(() => sealer.open(sealed.slice(0, i) + other + sealed.slice(i + 1), context));
      }
    }
  });

  it('opens nothing that was cut, lengthened or padded', () => {
    const sealed = sealer.seal(PLAIN, context);
    for (let i = 0; i < sealed.length; i++) faultOf(() => sealer.open(sealed.slice(0, i), context));
    for (const end of ['A', '=', '.', ' ', '\n', '.AAAA']) faultOf(() => sealer.open(sealed + end, context));
  });

  it('opens a secret only for the organization, task and name that it was sealed for', () => {
    const sealed = sealer.seal(PLAIN, context);
    for (const other of [{ organization: 'evil' }, { taskId: 't2' }, { name: 'other' }, { use: 'b' }]) {
      expect(faultOf(() => sealer.open(sealed, { ...context, ...other }))).toBe('not-authentic');
    }
    const shifted = { organization: 'acme","t1', taskId: 'token', name: '', use: 'a' };
    expect(faultOf(() => sealer.open(sealed, shifted))).toBe('not-authentic');
  });

  it('refuses a body moved under another key id', () => {
    const ring = new Sealer(KeyRing.parse(`${first},k2:${first.split(':')[1]}`));
    const sealed = ring.seal(PLAIN, context).replace('.k1.', '.k2.');
    expect(faultOf(() => ring.open(sealed, context))).toBe('not-authentic');
  });

  it('opens what an older key sealed after the rotation, and nothing without that key', () => {
    const sealed = sealer.seal(PLAIN, context);
    expect(new Sealer(KeyRing.parse(`${second},${first}`)).open(sealed, context)).toBe(PLAIN);
    expect(faultOf(() => new Sealer(KeyRing.parse(second)).open(sealed, context))).toBe('unknown-key');
  });
});

describe('SecretsService', () => {
  const definition = { action: { type: 'handler', name: 'work' } as Action, parameters: { a: 1, b: 2 } };
  const task = { organization: 'acme', id: 't1', definition };
  const service = new SecretsService(sealer);

  it('seals and opens all secrets of a task, also one with the name of a prototype', () => {
    const plain = Object.fromEntries([
      ['token', PLAIN],
      ['__proto__', 'odd'],
      ['constructor', ''],
    ]);
    const secrets = service.sealAll(task, plain);
    expect(JSON.stringify(secrets)).not.toContain(PLAIN);
    expect(Object.entries(service.openAll({ ...task, secrets }))).toEqual(Object.entries(plain));
    expect(faultOf(() => service.openAll({ ...task, organization: 'other', secrets }))).toBe('not-authentic');
  });

  it('does not open a secret that was put under another name', () => {
    const { a } = service.sealAll(task, { a: PLAIN });
    expect(faultOf(() => service.openAll({ ...task, secrets: { b: a! } }))).toBe('not-authentic');
  });

  it.each([
    { action: { type: 'handler', name: 'other' } as Action },
    { action: { type: 'noop' } as Action },
    { parameters: { a: 1, b: 3 } },
    { parameters: {} },
  ])('does not open a secret for another use: %j', (change) => {
    const secrets = service.sealAll(task, { a: PLAIN });
    const other = { ...definition, ...change };
    expect(faultOf(() => service.openAll({ ...task, definition: other, secrets }))).toBe('not-authentic');
    const rebound = service.rebind({ ...task, secrets }, other);
    expect(service.openAll({ ...task, definition: other, secrets: rebound })).toEqual({ a: PLAIN });
    expect(faultOf(() => service.openAll({ ...task, secrets: rebound }))).toBe('not-authentic');
  });

  it('opens a secret for no other use of a request', () => {
    const http = { type: 'http', method: 'POST', url: 'https://a.example/' } as const;
    const auth = {
      type: 'oauth2',
      tokenUrl: 'https://id.example/',
      clientId: 'c',
      clientSecret: '{{secrets.a}}',
    } as const;
    const tls = { cert: 'c', key: '{{secrets.a}}' };
    const actions: Action[] = [
      http,
      { ...http, auth },
      { ...http, auth: { ...auth, tokenUrl: 'https://evil.example/' } },
      { ...http, auth: { ...auth, authentication: 'post' } },
      { ...http, tls },
      { ...http, tls: { ...tls, ca: 'other' } },
      { ...http, sign: { secret: '{{secrets.a}}' } },
      { ...http, completion: 'callback' },
      { ...http, completion: 'response' },
      { ...http, keepHeaders: ['x'] },
    ];
    const uses = actions.map((action) => useOf({ action, parameters: {} }));
    expect(new Set(uses).size).toBe(actions.length);
  });

  it('opens a secret that was sealed when a task said otherwise that it waits for its call-back', () => {
    const former = { type: 'http', method: 'POST', url: 'https://a.example/', waitForCallback: true };
    const stored = { ...definition, action: former as unknown as Action };
    const secrets = service.sealAll({ ...task, definition: stored }, { a: PLAIN });
    const present = { ...definition, action: presentAction(stored.action) };
    expect(present.action).toMatchObject({ completion: 'callback' });
    expect(service.openAll({ ...task, definition: present, secrets })).toEqual({ a: PLAIN });
    const other = { ...present, action: { ...present.action, completion: 'response' } as Action };
    expect(faultOf(() => service.openAll({ ...task, definition: other, secrets }))).toBe('not-authentic');
  });

  it('leaves secrets as they are whose use stays, whatever the order of members, and those that do not open', () => {
    const secrets = service.sealAll(task, { a: PLAIN });
    const same = { ...definition, parameters: { b: 2, a: 1 } };
    expect(service.rebind({ ...task, secrets }, same)).toEqual(secrets);
    const broken = { a: secrets['a']!.slice(0, -4) + 'AAAA' };
    expect(service.rebind({ ...task, secrets: broken }, { ...definition, parameters: {} })).toEqual(broken);
  });

  it('opens what was sealed for no use in particular, and binds it when it is sealed anew', () => {
    const bytes = randomBytes(32);
    const [ring, iv] = [KeyRing.single('k1', bytes), randomBytes(12)];
    const cipher = createCipheriv('aes-256-gcm', bytes, iv).setAAD(
      Buffer.from(JSON.stringify(['v1', 'k1', 'acme', 't1', 'a'])),
    );
    const body = Buffer.concat([cipher.update(PLAIN, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    const secrets = { a: ['v1', 'k1', iv.toString('base64url'), body.toString('base64url')].join('.') };
    const former = new SecretsService(new Sealer(ring));
    expect(former.openAll({ ...task, secrets })).toEqual({ a: PLAIN });
    const bound = former.rebind({ ...task, secrets }, definition);
    expect(former.openAll({ ...task, secrets: bound })).toEqual({ a: PLAIN });
    expect(
      faultOf(() => former.openAll({ ...task, definition: { ...definition, parameters: {} }, secrets: bound })),
    ).toBe('not-authentic');
  });
});
