import { describe, expect, it } from '@jest/globals';
import { indexUseOf, queryIn } from './index-use.js';

const INDEXES = [
  { name: 'list', key: { organization: 1, _id: -1 } },
  {
    name: 'state',
    key: { organization: 1, state: 1, _id: -1 },
    partialFilterExpression: { state: { $in: ['a', 'b'] } },
  },
  { name: 'holder', key: { holder: 1, dueAt: 1 }, partialFilterExpression: { holder: { $exists: true } } },
  { name: 'finished', key: { finishedAt: 1 }, partialFilterExpression: { finishedAt: { $gt: 0 } } },
  { name: 'backfilled', key: { taskId: 1, at: 1 }, partialFilterExpression: { trigger: 'backfill' } },
] as const;

const use = (filter: object, sort: object = {}, hint?: string) =>
  indexUseOf(queryIn('find', { find: 'runs', filter, sort, hint })!, INDEXES);

describe('the use of an index', () => {
  it('is none where no index begins with what the query fixes', () => {
    expect(use({ taskId: 't' })).toBeNull();
    expect(use({})).toBeNull();
    expect(use({ _id: { $lt: 'x' } })).toMatchObject({ index: '_id_', tested: [] });
  });

  it('is in order where the sort goes on in the index, forwards or backwards', () => {
    for (const order of [1, -1]) expect(use({ organization: 'o' }, { _id: order })).toMatchObject({ isInOrder: true });
    expect(use({ organization: 'o' }, { dueAt: 1 })).toMatchObject({ isInOrder: false });
    expect(use({ holder: { $gte: '' } }, { dueAt: 1 })).toMatchObject({ index: 'holder', isInOrder: false });
    expect(use({ holder: 'i', x: 1 }, { dueAt: 1 })).toMatchObject({ index: 'holder', isInOrder: true, tested: ['x'] });
  });

  it('tests the documents with what the index does not narrow down', () => {
    expect(use({ organization: 'o', q: 1, _id: { $lt: 'x' } }, { _id: -1 })).toMatchObject({ tested: ['q'] });
    expect(use({ organization: 'o', state: 'a' }, { _id: -1 })).toMatchObject({ index: 'state', tested: [] });
  });

  it('is none of a partial index whose condition the query does not imply', () => {
    expect(use({ organization: 'o', state: 'c' }, { _id: -1 }, 'state')).toBeNull();
    expect(use({ organization: 'o', state: { $in: ['a', 'c'] } }, { _id: -1 }, 'state')).toBeNull();
    expect(use({ organization: 'o', state: { $in: ['a', 'b'] } }, { _id: -1 })).toMatchObject({ index: 'state' });
    expect(use({ taskId: 't', trigger: 'manual' })).toBeNull();
    expect(use({ taskId: 't', trigger: 'backfill' })).toMatchObject({ index: 'backfilled', tested: [] });
    expect(use({ holder: { $exists: true } })).toMatchObject({ index: 'holder', isSmall: true, tested: [] });
    expect(use({ holder: null })).toBeNull();
  });

  it('is that of a partial index over a range only where the query lies within it', () => {
    const within = [{ $gt: 0 }, { $gt: 0, $lt: 9 }, { $gt: 5 }, { $gte: 1 }, { $gt: 0, $gte: 0 }, 7, { $in: [1, 2] }];
    for (const finishedAt of within) expect(use({ finishedAt })).toMatchObject({ index: 'finished', tested: [] });
    for (const finishedAt of [
      { $gte: 0 },
      { $gt: -1 },
      { $lt: 9 },
      { $exists: true },
      0,
      null,
      { $in: [0, 1] },
      { $ne: 0 },
    ])
      expect(use({ finishedAt })).toBeNull();
  });

  it('is that of each alternative, where the rest of the query has none', () => {
    expect(use({ $or: [{ organization: 'o' }, { holder: 'i' }] })).toMatchObject({ index: 'list+holder', tested: [] });
    expect(use({ $or: [{ organization: 'o' }, { taskId: 't' }] })).toBeNull();
    expect(use({ $and: [{ organization: 'o', $or: [{ x: 1 }, { y: 1 }] }, { z: 1 }] }, { _id: 1 })).toMatchObject({
      index: 'list',
      tested: ['z', '$or'],
    });
  });
});
