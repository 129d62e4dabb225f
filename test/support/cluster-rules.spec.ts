import { describe, expect, it } from '@jest/globals';
import { isScattered, lacksHint, needsIndexOfStates, type SentFilter } from './cluster-rules.js';

const sent = (command: string, collection: string, filter: SentFilter['filter'], by?: unknown): SentFilter => ({
  ...{ command, collection, filter, by },
  ...{ sort: {}, skip: 0, limit: 0, hint: undefined },
});

describe('the rules for statements on a cluster', () => {
  it.each([
    ['update', 'runs', { taskId: 't' }],
    ['update', 'runs', { _id: { $gt: 'a' } }],
    ['delete', 'events', { receivedAt: { $lt: 9 } }],
    ['find', 'logs', { _id: { $gte: 'r:', $lt: 'r;' } }],
    ['find', 'ledger', { _id: { $in: ['a'] } }],
    ['find', 'ledger', { $or: [{ taskId: 't' }, { to: 9 }] }],
    ['find', 'audit', { at: { $lt: 9 } }],
  ])('find that a shard is asked in vain: %s %s %j', (command, collection, filter) => {
    expect(isScattered(sent(command, collection, filter))).toBe(true);
  });

  it.each([
    ['update', 'runs', { _id: { $in: ['a'] }, owner: 'i' }],
    ['delete', 'logs', { runId: 'r', _id: { $gte: 'r:' } }],
    ['find', 'ledger', { $and: [{ $or: [{ taskId: 't', to: 1 }, { taskId: 't' }] }, { to: { $gte: 9 } }] }],
    ['find', 'audit', { organization: 'acme', sequence: { $gt: 9 } }],
    ['find', 'runs', { organization: 'acme' }],
    ['update', 'tasks', { state: 'active' }],
  ])('let the others pass: %s %s %j', (command, collection, filter) => {
    expect(isScattered(sent(command, collection, filter))).toBe(false);
  });

  it('find a statement by ids that an index of what is held may serve', () => {
    const filter = { _id: { $in: ['a'] }, holder: { $exists: true } };
    expect(lacksHint(sent('update', 'runs', filter))).toBe(true);
    expect(lacksHint(sent('update', 'runs', filter, { _id: 1 }))).toBe(false);
    expect(lacksHint(sent('find', 'runs', { holder: 'i', _id: { $in: [] } }))).toBe(false);
    expect(lacksHint(sent('find', 'runs', { holder: 'i', _id: { $gt: 'a' } }))).toBe(false);
  });

  it('find a list of states that no index serves', () => {
    const failed = { state: { $in: ['failed', 'timed_out'] }, organization: 'acme' };
    const begun = { state: { $in: ['running', 'retrying'] }, taskId: 't', holder: { $exists: true } };
    for (const filter of [failed, begun]) expect(needsIndexOfStates(sent('find', 'runs', filter))).toBe(true);
    expect(needsIndexOfStates(sent('find', 'runs', failed, 'task'))).toBe(false);
    expect(needsIndexOfStates(sent('update', 'runs', { ...failed, _id: 'a' }))).toBe(false);
    expect(needsIndexOfStates(sent('find', 'runs', { ...begun, state: 'running' }))).toBe(false);
    // No index holds those that wait or succeeded alone.
    const others = { ...begun, state: { $in: ['pending', 'retrying'] } };
    expect(needsIndexOfStates(sent('find', 'runs', others))).toBe(false);
  });
});
