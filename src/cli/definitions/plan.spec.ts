import { describe, expect, it } from '@jest/globals';
import { planned, type Stored } from './plan.js';
import { keyTag, setTag, type Wanted } from './wanted.js';

const stored = (id: string, ...tags: string[]): Stored => ({
  id,
  version: '1',
  name: `task ${id}`,
  tags,
  secretNames: [],
  definition: { name: `task ${id}`, tags },
});
const ofShop = (id: string, ...keys: string[]): Stored =>
  stored(id, setTag('shop'), ...keys.map((key) => keyTag('shop', key)));

const wanted = (key: string, id?: string): Wanted => ({
  key,
  definition: { name: key, tags: [setTag('shop'), keyTag('shop', key)] },
  secrets: {},
  where: `tasks.yaml: ${key}`,
  ...(id !== undefined && { id }),
});

/** What becomes of the tasks of the service when the files of the set `shop` want these, and the others are pruned. */
function plan(wants: Wanted[], owned: Stored[], others: Stored[] = []) {
  const tasks = new Map(wants.map((each) => [each.key, each]));
  const byId = new Map([...owned, ...others].map((each) => [each.id, each]));
  const steps = planned({ name: 'shop', tasks }, owned, byId, { prune: true, secrets: false });
  return steps.map(({ act, key, stored: of }) => [act, key, of?.id]);
}

describe('a plan', () => {
  it('takes the oldest of several tasks with one key, and the others for copies', () => {
    expect(plan([wanted('nightly')], [ofShop('copy', 'nightly'), ofShop('original', 'nightly')])).toEqual([
      ['change', 'nightly', 'original'],
      ['prune', 'nightly', 'copy'],
    ]);
  });

  it('takes over a task that the set has under another key, or has lost the key of', () => {
    expect(plan([wanted('new', 'one'), wanted('bare', 'two')], [ofShop('one', 'old'), ofShop('two')])).toEqual([
      ['adopt', 'new', 'one'],
      ['adopt', 'bare', 'two'],
    ]);
    expect(plan([wanted('nightly', 'one')], [], [stored('one', keyTag('shop', 'nightly'))])).toEqual([
      ['adopt', 'nightly', 'one'],
    ]);
  });

  it('takes over no task that has another key of the files, nor one twice', () => {
    expect(plan([wanted('new', 'one'), wanted('old')], [ofShop('one', 'old')])).toEqual([
      ['create', 'new', undefined],
      ['change', 'old', 'one'],
    ]);
    expect(plan([wanted('a', 'one'), wanted('b', 'one')], [], [stored('one')])).toEqual([
      ['adopt', 'a', 'one'],
      ['create', 'b', undefined],
    ]);
  });

  it('finds a task by each of its keys', () => {
    expect(plan([wanted('second')], [ofShop('one', 'first', 'second')])).toEqual([['change', 'second', 'one']]);
  });

  it('prunes what is of no other set', () => {
    const shared = stored('shared', setTag('shop'), keyTag('shop', 'gone'), setTag('office'), keyTag('office', 'kept'));
    const alike = ofShop('alike', 'shop:x');
    expect(plan([], [shared, alike])).toEqual([
      ['kept', 'gone', 'shared'],
      ['prune', 'shop:x', 'alike'],
    ]);
    expect(plan([wanted('x', 'theirs')], [], [stored('theirs', setTag('shop-two'))])).toEqual([
      ['create', 'x', undefined],
    ]);
  });
});
