import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { CronTrigger } from '../../src/domain/trigger.js';
import { upcoming } from '../support/upcoming.js';
import { cronTriggerType } from '../../src/triggers/types/cron.trigger.js';
import { tablesOf, type Row } from './markdown-tables.js';

const CREATED = Date.UTC(2027, 0, 1);
const CHAPTERS = ['Cron', 'Time zones and clock changes'];

const text = readFileSync(new URL('../../docs/scheduling.md', import.meta.url), 'utf8');
const rows = tablesOf(text, CHAPTERS).flat();
const said = ({ Expression, gap, fold, 'Time zone': zone, After }: Row): string =>
  [Expression, zone, gap, fold, After].filter(Boolean).join(' · ');

function triggerOf({ Expression = '', 'Time zone': timeZone = 'UTC', gap, fold }: Row): CronTrigger {
  const dst = { gap, fold } as CronTrigger['dst'];
  return { type: 'cron', expression: Expression, timeZone, ...(gap && { dst }) };
}

const timetable = (row: Row, createdAt: number) => cronTriggerType.timetable(triggerOf(row), { createdAt, seed: '' })!;

const shown = ({ at, shifted }: { at: number; shifted?: boolean }): string =>
  new Date(at).toISOString().replace('.000Z', 'Z').replace(':00Z', 'Z') + (shifted ? ' moved' : '');

describe('docs/scheduling.md', () => {
  const firing = rows.filter((row) => row['Fires at'] !== undefined);
  const refused = rows.filter((row) => row['Refused because'] !== undefined);

  it('has examples to execute', () => {
    expect(firing.length).toBeGreaterThan(40);
    expect(refused.length).toBeGreaterThan(10);
  });

  it.each(firing.map((row): [string, Row] => [said(row), row]))('%s', (_, row) => {
    const told = row['Fires at']!.split(', ');
    const found = upcoming(timetable(row, 0), Date.parse(row.After!), told.length).map(shown);
    expect(told.at(-1) === 'never again' ? [...found, 'never again'] : found).toEqual(told);
  });

  it.each(refused.map((row): [string, Row] => [said(row), row]))('refuses %s', (_, row) => {
    expect(() => timetable(row, CREATED)).toThrow(new Error(row['Refused because']));
  });

  it.each(rows.filter((row) => row.Nickname).map((row): [string, Row] => [row.Nickname!, row]))('%s', (_, row) => {
    for (const nickname of row.Nickname!.split(', ')) {
      const [mine, meant] = [nickname, row.Expression!].map((Expression) => timetable({ Expression }, 0));
      expect(upcoming(mine!, CREATED, 20)).toEqual(upcoming(meant!, CREATED, 20));
    }
  });
});
