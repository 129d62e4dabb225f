import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { RruleTrigger } from '../../src/domain/trigger.js';
import { TriggerResolver } from '../../src/triggers/trigger-resolver.js';
import { upcoming } from '../support/upcoming.js';
import { TriggerTypes } from '../../src/triggers/trigger-types.js';
import { rruleTriggerType } from '../../src/triggers/types/rrule.trigger.js';
import { fullMoonTrigger } from './full-moon.trigger.js';
import { tablesOf, type Row } from './markdown-tables.js';

const CREATED = Date.parse('2027-01-04T08:30:15Z');

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const text = read('../../docs/scheduling.md');
const rows = tablesOf(text, ['RRULE']).flat();

/** One line in the table stands for several lines of the rule, separated by spaces. */
const triggerOf = (row: Row): RruleTrigger => ({
  type: 'rrule',
  rule: row.Rule!.replaceAll(' ', '\n'),
  ...(row['Time zone'] && { timeZone: row['Time zone'] }),
});
const timetable = (row: Row) => rruleTriggerType.timetable(triggerOf(row), { createdAt: CREATED, seed: '' })!;
const shown = ({ at, shifted }: { at: number; shifted?: boolean }): string =>
  new Date(at).toISOString().replace('.000Z', 'Z').replace(':00Z', 'Z') + (shifted ? ' moved' : '');

describe('the chapter RRULE', () => {
  const firing = rows.filter((row) => row['Fires at'] !== undefined);
  const refused = rows.filter((row) => row['Refused because'] !== undefined);

  it('has examples to execute', () => {
    expect(firing.length).toBeGreaterThanOrEqual(12);
    expect(refused.length).toBeGreaterThanOrEqual(5);
  });

  it.each(firing.map((row): [string, Row] => [`${row.Rule} ${row['Time zone']} ${row.After}`, row]))('%s', (_, row) => {
    const told = row['Fires at']!.split(', ');
    const found = upcoming(timetable(row), Date.parse(row.After!), told.length).map(shown);
    expect(told.at(-1) === 'never again' ? [...found, 'never again'] : found).toEqual(told);
  });

  it.each(refused.map((row): [string, Row] => [row.Rule!, row]))('refuses %s', (_, row) => {
    expect(() => timetable(row)).toThrow(new Error(row['Refused because']));
  });
});

describe('the chapter on own trigger types', () => {
  it('shows the example that these tests run', () => {
    const example = read('./full-moon.trigger.ts').replace('../../src/index.js', 'scheduled-task-runner');
    expect(text).toContain(`\`\`\`ts\n${example}\`\`\``);
  });

  it('has an example that fires at full moon', () => {
    const resolver = new TriggerResolver(new TriggerTypes([fullMoonTrigger]));
    const { runs, description } = resolver.preview({ type: 'acme:full-moon', offsetHours: 1 }, CREATED, 100);
    expect(new Date(runs[0]!.at).toISOString()).toMatch('2027-01-22T');
    expect(description).toBe('1 h after full moon');
    const table = fullMoonTrigger.timetable({ type: 'acme:full-moon', offsetHours: 1 }, { createdAt: 0, seed: '' })!;
    for (const [index, { at }] of runs.entries()) {
      expect(table.previous(at)?.at).toBe(runs[index - 1]?.at ?? table.previous(CREATED + 1)?.at);
      expect(table.count(CREATED, at)).toBe(index + 1);
    }
  });
});
