import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ActionError } from '../action.js';
import { RenderedSize } from './rendered-size.js';
import type { TemplateScope } from './template.js';
import { UrlTemplate } from './url-template.js';

const scope = (parameters: TemplateScope['parameters'], others: Partial<TemplateScope> = {}): TemplateScope => ({
  parameters,
  event: null,
  events: [],
  run: {},
  task: {},
  secrets: {},
  ...others,
});
const size = () => new RenderedSize(1_000_000, 'too-large', 'URL');
const render = (text: string, value: string): URL => new UrlTemplate(text).render(scope({ v: value }), size());

/** Values with a meaning in URLs, and any others. */
const value = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '%2E',
    '//evil.example',
    '/../..',
    '?a=b',
    '#',
    '@evil',
    ':80',
    '\\',
    '\t',
    '\ud800',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.stringMatching(/^[./\\%2eE@:?#&=;a]{0,12}$/),
);

describe('UrlTemplate', () => {
  it('fills values into path and query, percent-encoded', () => {
    expect(render('https://ci.example.org/suites/{{parameters.v}}?q={{parameters.v}}', 'a b/ü&c').href).toBe(
      'https://ci.example.org/suites/a%20b%2F%C3%BC%26c?q=a%20b%2F%C3%BC%26c',
    );
  });

  it.each([
    'https://ci.example.org/a/{{parameters.v}}/b?x=1&y={{parameters.v}}&z=3#f',
    'https://ci.example.org/a/x{{parameters.v}}/{{parameters.v}}',
    'https://ci.example.org/{{parameters.v}}',
    'https://ci.example.org:8443/a/.{{parameters.v}}/%2e{{parameters.v}}{{parameters.v}}/b',
    'https://ci.example.org?y={{parameters.v}}',
  ])('lets no value change origin, path or query of %s', (text) => {
    const shape = (url: URL) => [
      url.origin,
      url.pathname.split('/').length,
      [...url.searchParams.keys()],
      url.username,
    ];
    const expected = shape(render(text, 'x'));
    fc.assert(
      fc.property(value, (v) => {
        try {
          expect(shape(render(text, v))).toEqual(expected);
        } catch (error) {
          if (!(error instanceof ActionError)) throw error;
          expect(v).toMatch(/^(\.|%2e)*$/i);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives the receiver every value back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (v) => {
        expect(render('https://a.example/?q={{parameters.v}}', v).searchParams.get('q')).toBe(v);
      }),
    );
  });

  it.each(['.', '..'])('refuses the value %j for a whole segment', (v) => {
    expect(() => render('https://a.example/x/{{parameters.v}}/y', v)).toThrow('would change the path');
    expect(render('https://a.example/x/v{{parameters.v}}/y', v).pathname).toBe(`/x/v${v}/y`);
  });

  describe('with a value for the whole address', () => {
    it('appends the path to it', () => {
      const text = '{{parameters.v}}/suites?a=1';
      expect(render(text, 'https://a.example').href).toBe('https://a.example/suites?a=1');
      expect(render(text, 'https://a.example:8443/base/').href).toBe('https://a.example:8443/base/suites?a=1');
      expect(render('{{parameters.v}}?a=1', 'https://a.example/base/').href).toBe('https://a.example/base/?a=1');
      expect(render('{{parameters.v}}', 'https://a.example/base?b=2').href).toBe('https://a.example/base?b=2');
      const secret = new UrlTemplate('{{secrets.hook}}').render(
        scope({}, { secrets: { hook: 'https://a.example/T0/k' } }),
        size(),
      );
      expect(secret.href).toBe('https://a.example/T0/k');
    });

    it.each([
      'ftp://a.example',
      'file:///etc/passwd',
      'https://u:p@a.example',
      'a.example',
      '',
      'https://a.example?x=1',
      'https://a.example#',
      'https://a\\b',
      'java\nscript:x',
    ])('refuses the value %j', (v) => {
      const attempt = () => render('{{parameters.v}}/suites', v);
      expect(attempt).toThrow(ActionError);
      if (v !== '') expect(attempt).not.toThrow(v);
    });

    it('lets neither events nor runs decide the host', () => {
      expect(() => new UrlTemplate('{{event.data.url}}')).toThrow('cannot decide the host');
      expect(() => new UrlTemplate('{{run.id}}/x')).toThrow('cannot decide the host');
    });
  });

  it.each([
    'suites/1',
    '//a.example/x',
    'ftp://a.example/',
    'javascript:alert(1)',
    'https://',
    'https:///x',
    'https://{{parameters.host}}/x',
    'https://{{parameters.host}}.example.org/x',
    'https://a.example{{parameters.v}}/x',
    'https://a.example:{{parameters.port}}/x',
    'https://user:pass@a.example/',
    'https://user@a.example/{{parameters.v}}',
    'https://a.example\\{{parameters.v}}',
    'https://a.example/a b',
    'https://a.example/\n{{parameters.v}}',
    '{{parameters.scheme}}://a.example/',
    '{{parameters.base}}{{parameters.path}}',
    '{{parameters.base}}.example.org/',
    '{{parameters.base}}@a.example/',
    'http{{parameters.s}}://a.example/',
    'https://a.example:99999/',
  ])('refuses the template %j', (text) => {
    expect(() => new UrlTemplate(text)).toThrow(ActionError);
  });
});
