import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../domain/json.js';
import { ActionError } from '../action.js';
import * as templates from './render.js';
import { RenderedSize } from './rendered-size.js';
import { parseTemplate, TemplateSyntaxError, type TemplateScope } from './template.js';

const scope: TemplateScope = {
  parameters: {
    suite: 'smoke',
    count: 3,
    nested: { list: ['a', { b: null }] },
    braces: '{{secrets.token}}',
    off: false,
  },
  event: JSON.parse('{"id":"e1","type":"t","receivedAt":1,"data":{"__proto__":{"own":1},"length":7}}') as Json,
  events: [],
  run: { id: 'r1' },
  task: { tags: ['x'] },
  secrets: { token: 's3cret' },
};

const size = (limit = 1_000_000) => new RenderedSize(limit, 'too-large', 'text');
const renderText = (text: string, within: TemplateScope) => templates.renderText(text, within, size());
const renderJson = (value: Json, within: TemplateScope, limit?: number) =>
  templates.renderJson(value, within, size(limit));
const renderHeader = (name: string, text: string, within: TemplateScope) =>
  templates.renderHeader(name, text, within, size());

const failure = (act: () => unknown): ActionError => {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(ActionError);
    return error as ActionError;
  }
  throw new Error('it did not fail');
};

describe('renderText', () => {
  it('fills in strings as they are and everything else as JSON', () => {
    const text = '{{parameters.suite}}-{{ parameters.count }}-{{parameters.nested}}-{{parameters.off}}';
    expect(renderText(text, scope)).toBe('smoke-3-{"list":["a",{"b":null}]}-false');
  });

  it('reaches into lists by index', () => {
    expect(renderText('{{parameters.nested.list.1.b}} {{parameters.nested.list.0}}', scope)).toBe('null a');
  });

  it('does not fill in what a value holds', () => {
    expect(renderText('{{parameters.braces}}', scope)).toBe('{{secrets.token}}');
  });

  it('leaves text without templates alone, single and closing braces too', () => {
    expect(renderText('{"a":{"b":{}}} }} {x}', scope)).toBe('{"a":{"b":{}}} }} {x}');
  });

  it.each([
    'parameters.missing',
    'parameters.suite.length',
    'parameters.nested.list.length',
    'parameters.nested.list.2',
    'parameters.nested.list.-1',
    'parameters.nested.list.01',
    'parameters.__proto__',
    'parameters.constructor',
    'parameters.constructor.name',
    'parameters.hasOwnProperty',
    'parameters.toString',
    'parameters.nested.__proto__.polluted',
    'secrets.__proto__',
    'secrets.constructor',
  ])('has no value for %s, and says which', (path) => {
    const error = failure(() => renderText(`x {{${path}}}`, scope));
    expect(error).toMatchObject({ code: 'template', details: { retryable: false } });
    expect(error.message).toContain(`"${path}"`);
  });

  it('sees members that a value has of its own, whatever their name', () => {
    expect(renderText('{{event.data.__proto__.own}} {{event.data.length}}', scope)).toBe('1 7');
  });

  it('has no values of an event when none started the run', () => {
    expect(failure(() => renderText('{{event.id}}', { ...scope, event: null })).code).toBe('template');
  });

  it('never shows a secret in its errors', () => {
    for (const text of ['{{secrets.token}}\n', '{{secrets.token}}\r\nX: y', '{{secrets.token}}\0']) {
      expect(failure(() => renderHeader('authorization', text, scope)).message).not.toContain('s3cret');
    }
  });
});

describe('renderJson', () => {
  it('puts a value itself where a string is one template', () => {
    const body = {
      all: '{{parameters}}',
      n: '{{parameters.count}}',
      text: 'n={{parameters.count}}',
      list: ['{{task.tags}}', 1],
    };
    expect(renderJson(body, scope)).toEqual({ all: scope.parameters, n: 3, text: 'n=3', list: [['x'], 1] });
  });

  it('keeps a member named __proto__ an ordinary one', () => {
    const rendered = renderJson(JSON.parse('{"__proto__":{"a":"{{run.id}}"}}') as Json, scope);
    expect(JSON.stringify(rendered)).toBe('{"__proto__":{"a":"r1"}}');
    expect(({} as { a?: string }).a).toBeUndefined();
  });
});

describe('the size of what is rendered', () => {
  const large = { ...scope, parameters: { text: 'x'.repeat(1000), list: Array.from({ length: 500 }, () => 0) } };

  it.each<[string, Json]>([
    ['a text again and again', '{{parameters.text}}'.repeat(50)],
    ['a value within a text', '-{{parameters}}'.repeat(50)],
    ['a value again and again', Array.from({ length: 50 }, () => '{{parameters.list}}')],
    ['values within values', { a: { b: ['{{parameters}}', { c: '{{parameters}}' }] } }],
    ['names of members', { ['n'.repeat(2000)]: 1 }],
  ])('is bounded for %s', (_what, value) => {
    expect(failure(() => renderJson(value, large, 2000))).toMatchObject({
      code: 'too-large',
      details: { retryable: false },
    });
    expect(() => renderJson(value, large)).not.toThrow();
  });

  it('ends the work at once where it is exceeded', () => {
    const huge = { ...scope, parameters: { list: Array.from({ length: 100_000 }, () => 0) } };
    const begun = performance.now();
    failure(() => renderJson('-{{parameters.list}}'.repeat(10_000), huge, 300_000));
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe('renderHeader', () => {
  it('refuses values that could begin another header', () => {
    for (const value of ['a\r\nb: c', 'a\nb', 'a\rb', 'a\0b', 'a\u0100b']) {
      const error = failure(() => renderHeader('x-a', '{{parameters.v}}', { ...scope, parameters: { v: value } }));
      expect(error).toMatchObject({ code: 'template', details: { retryable: false } });
    }
    expect(renderHeader('x-a', 'Bearer {{secrets.token}}', scope)).toBe('Bearer s3cret');
  });
});

describe('parseTemplate', () => {
  it.each([
    ['{{parameters.a', 'must end'],
    ['a }} {{', 'must end'],
    ['{{}}', 'must begin with one of parameters, event, events, run, task, secrets'],
    ['{{env.HOME}}', 'must begin with one of'],
    ['{{constructor}}', 'must begin with one of'],
    ['{{parameters..a}}', 'joined by dots'],
    ['{{parameters.a b}}', 'joined by dots'],
    ['{{parameters.{{run.id}}}}', 'joined by dots'],
    ['{{secrets}}', 'one name'],
    ['{{secrets.a.b}}', 'one name'],
    ['{{run.idd}}', '"run" has no "idd"'],
    ['{{event.payload.x}}', '"event" has no "payload"'],
    ['{{task.secrets}}', '"task" has no "secrets"'],
  ])('refuses %s', (text, message) => {
    expect(() => parseTemplate(text)).toThrow(TemplateSyntaxError);
    expect(() => parseTemplate(text)).toThrow(message);
  });
});
