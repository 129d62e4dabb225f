import { expect, it } from '@jest/globals';
import { makersAfter, type Maker } from './makers.js';
import type { Task } from './task.js';

const [ann, bob, engine]: Maker[] = [
  { type: 'user', id: 'ann' },
  { type: 'api-key', id: 'bob' },
  { type: 'engine', id: 'engine' },
] as const;

const active = (makers?: Task['makers']) =>
  ({ state: 'active', pausedReason: null, pausedUntil: null, ...(makers && { makers }) }) as Task;
const paused = (pausedReason: string, makers?: Task['makers']) =>
  ({ state: 'paused', pausedReason, pausedUntil: null, ...(makers && { makers }) }) as Task;

it('a change keeps who created it, and tells who changed it', () => {
  expect(makersAfter(active({ created: ann, updated: ann }), active(), bob)).toEqual({ created: ann, updated: bob });
});

it("a pause is its maker's until it ends or is made another", () => {
  const before = { created: ann, updated: ann };
  expect(makersAfter(active(before), paused('lunch'), bob)).toEqual({ created: ann, updated: bob, paused: bob });
  const held = { ...before, paused: bob };
  expect(makersAfter(paused('lunch', held), paused('lunch'), ann)).toEqual({
    created: ann,
    updated: ann,
    paused: bob,
  });
  expect(makersAfter(paused('lunch', held), paused('dinner'), ann).paused).toEqual(ann);
  expect(makersAfter(paused('lunch', held), active(), engine)).toEqual({ created: ann, updated: engine });
});

it('a task of an older version tells from its next change on', () => {
  expect(makersAfter(active(), active(), bob)).toEqual({ updated: bob });
  expect(makersAfter(paused('lunch'), paused('lunch'), bob)).toEqual({ updated: bob });
});
