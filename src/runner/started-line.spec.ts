import { describe, expect, it } from '@jest/globals';
import { packageVersion } from '../cluster/package-version.js';
import { startedLine, type Started } from './started-line.js';

const WORK = {
  works: true,
  queues: null,
  actions: ['http', 'noop', 'handler'],
  handlers: ['a', 'b'],
  triggerTypes: [],
};
const STARTED: Started = { name: null, instance: 'i-1', store: 'MongoDB at db:27017', locks: null, work: WORK };
const START = `Scheduled Task Runner ${packageVersion()}`;

describe('the line of a start', () => {
  it('tells version, store, work and instance', () => {
    expect(startedLine(STARTED)).toBe(
      `${START} started: store MongoDB at db:27017; all queues; handlers a, b; actions http, noop; instance i-1`,
    );
  });

  it('tells the name, other locks, chosen queues, and that there is no handler', () => {
    const work = { ...WORK, queues: ['mail', 'pdf'], handlers: [], actions: ['noop'] };
    expect(startedLine({ ...STARTED, name: 'reports', locks: 'Redis at r:6379', work })).toBe(
      `${START} "reports" started: store MongoDB at db:27017, locks in Redis at r:6379; queues mail, pdf; handlers none; actions noop; instance i-1`,
    );
  });

  it('says that an instance only schedules', () => {
    expect(startedLine({ ...STARTED, work: { ...WORK, works: false } })).toContain('; works nothing, only schedules;');
  });

  it('names a few of many handlers', () => {
    const handlers = Array.from({ length: 1000 }, (_, index) => `h${index}`);
    const line = startedLine({ ...STARTED, work: { ...WORK, handlers } });
    expect(line).toContain('h19 and 980 more;');
    expect(line.length).toBeLessThan(400);
  });
});
