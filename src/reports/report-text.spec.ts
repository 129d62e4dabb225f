import { describe, expect, it } from '@jest/globals';
import type { Report, ReportRow } from './report.js';
import { csvOf, pageOf, sentenceOf } from './report-text.js';

const none = { meanMs: null, p95Ms: null, worstMs: null };
const figures = {
  ...{ runs: 3, succeeded: 2, failed: 1, timedOut: 0, cancelled: 0, skipped: 0, missed: 4, coalesced: 0 },
  ...{ successRate: 2 / 3, lateness: { meanMs: 1, p95Ms: 2, worstMs: 3 }, duration: none },
  reasons: [{ reason: '=cmd', count: 4 }],
};
const T0 = Date.parse('2027-01-31T00:00:00Z');
const report = (...names: string[]): Report => ({
  ...{ organization: '<b>acme</b>', by: 'task', from: T0, to: T0 + 86_400_000, at: T0, countedFrom: T0 },
  ...{ isComplete: true, total: figures, moreRows: 0 },
  rows: names.map((name, n): ReportRow => ({ key: `t-${n}`, name, ...figures })),
});

describe('a report', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\r=x'])(
    'has no cell that a spreadsheet takes for a formula: %j',
    (name) => {
      const [, line] = csvOf(report(name)).split('\r\n');
      expect(csvOf(report(name))).toContain(`"'${name}"`);
      expect(line).toMatch(/^"t-0","'/);
    },
  );

  it('has quoted cells, a line for each row, and the total', () => {
    const text = csvOf(report('say "hi", all', 'plain'));
    const lines = text.split('\r\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toBe(`"t-0","say ""hi"", all",3,2,1,0,0,0,4,0,0.667,1,2,3,,,,"'=cmd: 4"`);
    expect(lines[3]!.startsWith('"total","",3,2,1')).toBe(true);
  });

  it('is a page without a script in which every text is only text', () => {
    const page = pageOf(report('<script>alert(1)</script>', `" onload='x'`));
    expect(page).not.toMatch(/<script|<b>/);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).toContain('&quot; onload=&#39;x&#39;');
    expect(page.match(/<tr>/g)).toHaveLength(4);
  });

  it('says what it leaves out', () => {
    const cut = { ...report('a'), isComplete: false, countedFrom: T0 + 3_600_000, moreRows: 7 };
    expect(pageOf(cut)).toContain('only those from 2027-01-31T01:00:00.000Z on are counted');
    expect(pageOf(cut)).toContain('7 more rows');
  });

  it('is a sentence', () => {
    expect(sentenceOf('nightly', figures)).toBe(
      'nightly: 3 runs, 2 succeeded (67 %), 1 failed, 4 missed, 0 skipped; the latest start was 3 ms late.',
    );
  });
});
