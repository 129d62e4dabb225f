import { describe, expect, it } from '@jest/globals';
import { respond, Shown, ShownJson, ShownObject } from './expose.js';

class Part {
  @Shown()
  code!: string;
}

class Base {
  @Shown()
  id!: string;
}

class Answer extends Base {
  @Shown({ required: false })
  reason?: string | null;

  @Shown({ type: [Part] })
  parts!: Part[];

  @Shown({ type: Part, required: false })
  part?: Part;

  @ShownObject()
  parameters!: object;

  @ShownJson()
  output?: unknown;
}

/** What comes of a store may hold more than what a class shows. */
const answer = (values: object) => respond(Answer, { id: 'a', parts: [], parameters: {}, ...values });

describe('respond', () => {
  it('shows the members of the class, of its base and of its parts, and nothing else', () => {
    const shown = answer({
      secret: 1,
      parts: [{ code: 'b', secret: 2 }],
      part: { code: 'c', secret: 3 },
      reason: null,
    });
    expect(shown).toBeInstanceOf(Answer);
    expect(JSON.parse(JSON.stringify(shown))).toEqual({
      ...{ id: 'a', reason: null, parts: [{ code: 'b' }], part: { code: 'c' }, parameters: {} },
    });
  });

  it('leaves out what is not there', () => {
    expect(JSON.stringify(answer({ reason: undefined }))).toBe('{"id":"a","parts":[],"parameters":{}}');
  });

  it.each(['constructor', '__proto__', 'then', 'toJSON', 'toString'])(
    'puts in JSON with a member %s as it is',
    (name) => {
      const json = JSON.parse(`{"a":[{"${name}":{"deep":1}}]}`) as object;
      const shown = answer({ parameters: json, output: json });
      expect(shown.parameters).toBe(json);
      expect(shown.output).toBe(json);
    },
  );
});
