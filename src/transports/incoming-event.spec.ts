import { describe, expect, it } from '@jest/globals';
import { subscribeSchema, type SubscribedTopic } from '../domain/routes.js';
import { incomingEvent } from './incoming-event.js';
import type { IncomingMessage } from './transport.js';

const MOST = 10_000;
const BASE = { transport: 'kafka', topic: 'builds', organization: 'acme' };
const route = (more: object = {}): SubscribedTopic => subscribeSchema.parse([{ ...BASE, ...more }])[0]!;
const message = (
  value: string | null,
  headers: Record<string, string> = {},
  position = '0/7/1000',
): IncomingMessage => ({
  ...{ position, at: 1000, headers },
  value: value === null ? null : Buffer.from(value),
});
const structured = { specversion: '1.0', id: '1', source: '/ci', type: 'build.done', data: { ok: true } };
const binary = { ce_specversion: '1.0', ce_id: '1', ce_source: '/ci', ce_type: 'build.done' };

describe('a message from outside', () => {
  it('is a CloudEvent in either form, with one identity', () => {
    const forms = [
      message(JSON.stringify(structured)),
      message(JSON.stringify(structured), { 'content-type': 'application/cloudevents+json; charset=UTF-8' }, '1/1/1'),
      message('{"ok":true}', { ...binary, 'content-type': 'application/json' }, '2/2/2'),
    ];
    const events = forms.map((form) => incomingEvent(route(), form, MOST));
    expect(events[0]).toMatchObject({ organization: 'acme', type: 'build.done', source: '/ci', data: { ok: true } });
    expect(new Set(events.map((event) => JSON.stringify(event))).size).toBe(1);
  });

  it('has a type of the settings and is known by its place where it is no CloudEvent', () => {
    const of = (position: string) =>
      incomingEvent(route({ event: 'build' }), message('{"ok":true}', {}, position), MOST);
    expect(of('0/7/1000')).toMatchObject({ type: 'build', source: 'kafka:builds', data: { ok: true } });
    expect(of('0/7/1000').id).toBe(of('0/7/1000').id);
    expect(new Set(['0/7/1000', '0/8/1000', '1/7/1000', '0/7/1001'].map((each) => of(each).id)).size).toBe(4);
  });

  it('is mapped by paths and headers', () => {
    const mapping = { type: { header: 'X-Kind', prefix: 'ci.' }, data: { suite: 'a.suite' }, headers: ['x-kind'] };
    const sent = message('{"a":{"suite":"smoke"}}', { 'x-kind': 'done' });
    expect(incomingEvent(route({ mapping }), sent, MOST)).toMatchObject({
      type: 'ci.done',
      data: { body: { suite: 'smoke' }, headers: { 'x-kind': 'done' } },
    });
    const data = { ok: 'ok' };
    const event = message(JSON.stringify(structured));
    expect(incomingEvent(route({ event: 'b', mapping: { data } }), event, MOST)).toMatchObject({
      type: 'b',
      source: '/ci',
    });
  });

  it.each<[string, IncomingMessage, object, string]>([
    ['without a value', message(null), {}, 'has no value'],
    ['that is no JSON', message('{'), { event: 'b' }, 'is not JSON'],
    ['that is not UTF-8', { ...message(''), value: Buffer.from([0xff, 0x41]) }, { event: 'b' }, 'UTF-8'],
    ['that is too large', message(`"${'x'.repeat(MOST)}"`), { event: 'b' }, 'larger than'],
    ['that is no CloudEvent', message('{"a":1}'), {}, 'specversion'],
    ['that is a list', message('[1]'), {}, 'is no CloudEvent'],
    [
      'with a type of the engine',
      message(JSON.stringify({ ...structured, type: 'run.failed' })),
      {},
      'only the engine',
    ],
    ['with such a type in headers', message('1', { ...binary, ce_type: 'task.changed' }), {}, 'only the engine'],
    [
      'with such a type by its mapping',
      message('{"t":"run.x"}'),
      { mapping: { type: { path: 't' } } },
      'only the engine',
    ],
    ['without what is mapped', message('{}'), { event: 'b', mapping: { data: { a: 'x.y' } } }, 'at the path x.y'],
    ['of great depth', message('['.repeat(5000) + ']'.repeat(5000)), { event: 'b' }, 'nested'],
  ])('is refused %s', (_, sent, more, sentence) => {
    expect(() => incomingEvent(route(more), sent, MOST)).toThrow(sentence);
  });

  it('has no subscription twice, nor a topic that Kafka cannot have', () => {
    expect(subscribeSchema.safeParse([BASE, { ...BASE, event: 'b' }]).success).toBe(false);
    expect(subscribeSchema.safeParse([BASE, { ...BASE, organization: 'other' }]).success).toBe(true);
    expect(subscribeSchema.safeParse([{ ...BASE, topic: 'a:b' }]).success).toBe(false);
    expect(subscribeSchema.safeParse([{ ...BASE, topic: 'a:b', transport: 'redis' }]).success).toBe(true);
    expect(subscribeSchema.safeParse([{ ...BASE, event: 'run.failed' }]).success).toBe(false);
  });
});
