import { describe, expect, it } from '@jest/globals';
import { aDefinition, T0 } from '../../../test/support/builders.js';
import { InvalidInputError } from '../../domain/errors.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { TaskInputReader } from './task-input.js';

const reader = new TaskInputReader(new TriggerResolver());
const minimal = { name: 'a', triggers: [{ type: 'manual' }], action: { type: 'noop' } };

function pointersOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    for (const { detail } of error.faults) expect(detail).toMatch(/^\S.+ \S/);
    return error.faults.map(({ pointer }) => pointer ?? 'none');
  }
  return [];
}
const read = (fields: object) => pointersOf(() => reader.read({ ...minimal, ...fields }, T0));

describe('reading a task', () => {
  it('fills in every default and keeps the secrets apart', () => {
    const { definition, secrets } = reader.read({ ...minimal, secrets: { token: 's3cret' } }, T0);
    expect(definition).toEqual(aDefinition({ name: 'a', triggers: [{ type: 'manual' }], action: { type: 'noop' } }));
    expect(secrets).toEqual({ token: 's3cret' });
    expect(JSON.stringify(definition)).not.toContain('s3cret');
  });

  it.each<[string, object, string[]]>([
    ['an unknown member', { extra: 1 }, ['/extra']],
    ['an unknown member deep inside', { retry: { 'a/b~c': 1 } }, ['/retry/a~1b~0c']],
    ['no trigger', { triggers: [] }, ['/triggers']],
    ['a trigger of no type', { triggers: [{}] }, ['/triggers/0/type']],
    ['a wrong cron expression', { triggers: [{ type: 'cron', expression: '61 * * * *' }] }, ['/triggers/0/expression']],
    [
      'a wrong zone of the second trigger',
      { triggers: [{ type: 'manual' }, { type: 'cron', expression: '* * * * *', timeZone: 'Nowhere' }] },
      ['/triggers/1/timeZone'],
    ],
    [
      'an operator that runs code',
      { triggers: [{ type: 'event', event: 'x', filter: { $where: '1' } }] },
      ['/triggers/0/filter/$where'],
    ],
    [
      'a query that is none',
      { triggers: [{ type: 'event', event: 'x', filter: { data: { $gt: 1, b: 2 } } }] },
      ['/triggers/0/filter/data'],
    ],
    ['a wrong template', { action: { type: 'http', url: 'https://example.org/{{' } }, ['/action/url']],
    ['a secret of a wrong name', { secrets: { 'a b': 'x' } }, ['/secrets/a b']],
    ['a retry code of a wrong type', { retry: { retryOn: [true] } }, ['/retry/retryOn/0']],
    ['several at once', { name: '', priority: 10, timeoutMs: 0.5 }, ['/name', '/priority', '/timeoutMs']],
  ])('points at %s', (_, fields, pointers) => expect(read(fields).sort()).toEqual(pointers));

  it.each([null, 5, 'task', [], undefined])('refuses %j as a whole', (input) => {
    expect(pointersOf(() => reader.read(input, T0))).toEqual(['']);
  });

  it('never repeats a secret in what it says', () => {
    const input = { ...minimal, secrets: { token: 'x'.repeat(10_001), 'bad name': 's3cret' } };
    expect(() => reader.read(input, T0)).toThrow(InvalidInputError);
    expect(() => reader.read(input, T0)).not.toThrow(/s3cret|xxx/);
  });
});

describe('patching a task', () => {
  const definition = aDefinition({ parameters: { suite: 'smoke', deep: { a: 1, b: 2 } }, priority: 7 });

  it('merges objects, replaces lists, and takes away what is null', () => {
    const patched = reader.patch(definition, { parameters: { deep: { a: null } }, tags: ['x'], priority: null }, T0);
    expect(patched.definition).toEqual({
      ...definition,
      parameters: { suite: 'smoke', deep: { b: 2 } },
      tags: ['x'],
      priority: 5,
    });
    expect(patched.secrets).toEqual({});
  });

  it('says which secrets to set and which to delete', () => {
    const { secrets, definition: same } = reader.patch(definition, { secrets: { set: 'x', gone: null } }, T0);
    expect(secrets).toEqual({ set: 'x', gone: null });
    expect(same).toEqual(definition);
  });

  it.each<[string, unknown, string[]]>([
    ['no object', ['x'], ['']],
    ['null', null, ['']],
    ['a required member that is taken away', { name: null }, ['/name']],
    ['an unknown member', { nme: 'x' }, ['/nme']],
    ['secrets that are no object', { secrets: 'x' }, ['/secrets']],
    ['a secret of a wrong type', { secrets: { a: 1 } }, ['/secrets/a']],
    ['an invalid whole', { triggers: [{ type: 'once', at: 'tomorrow' }] }, ['/triggers/0/at']],
  ])('points at %s', (_, patch, pointers) => {
    expect(pointersOf(() => reader.patch(definition, patch, T0))).toEqual(pointers);
  });

  it('leaves the definition that it was given alone', () => {
    const before = structuredClone(definition);
    reader.patch(definition, { parameters: { deep: { a: 9 } }, retry: { maxAttempts: 1 } }, T0);
    expect(definition).toEqual(before);
  });
});
