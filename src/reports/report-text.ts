import { toIso } from '../domain/instants.js';
import type { Report } from './report.js';
import type { Figures } from './tally.js';

/** The columns of a table, each with what stands in it. */
const COLUMNS: readonly [string, (figures: Figures) => string | number | null][] = [
  ['runs', ({ runs }) => runs],
  ['succeeded', ({ succeeded }) => succeeded],
  ['failed', ({ failed }) => failed],
  ['timedOut', ({ timedOut }) => timedOut],
  ['cancelled', ({ cancelled }) => cancelled],
  ['skipped', ({ skipped }) => skipped],
  ['missed', ({ missed }) => missed],
  ['coalesced', ({ coalesced }) => coalesced],
  ['successRate', ({ successRate }) => (successRate === null ? null : Math.round(successRate * 1000) / 1000)],
  ['latenessMeanMs', ({ lateness }) => lateness.meanMs],
  ['latenessP95Ms', ({ lateness }) => lateness.p95Ms],
  ['latenessWorstMs', ({ lateness }) => lateness.worstMs],
  ['durationMeanMs', ({ duration }) => duration.meanMs],
  ['durationP95Ms', ({ duration }) => duration.p95Ms],
  ['durationWorstMs', ({ duration }) => duration.worstMs],
  ['reasons', ({ reasons }) => reasons.map(({ reason, count }) => `${reason}: ${count}`).join('; ')],
];

/** What a spreadsheet would take for a formula (OWASP: CSV injection). */
const FORMULA = /^[=+\-@\t\r]/;

/** A cell of CSV (RFC 4180): text is quoted, and what looks like a formula is made text. */
function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}

/** The report as CSV: a line for each row, and one for the total. */
export function csvOf({ by, rows, total }: Report): string {
  const lines = [
    [by, 'name', ...COLUMNS.map(([name]) => name)].map(cell),
    ...rows.map((row) => [cell(row.key), cell(row.name), ...COLUMNS.map(([, of]) => cell(of(row)))]),
    [cell('total'), cell(''), ...COLUMNS.map(([, of]) => cell(of(total)))],
  ];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (value: string | number | null): string =>
  String(value ?? '').replaceAll(/[&<>"']/g, (mark) => ENTITIES[mark]!);

const STYLE =
  'body{font:14px system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}th,td{padding:.3rem .6rem;border:1px solid #ccc;text-align:right}th:first-child,td:first-child,td:last-child{text-align:left}tfoot{font-weight:bold}';

/** Nothing is loaded and nothing runs: the page has its own style, and nothing else. */
export const REPORT_PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What the report covers, in a sentence. */
export const coverageOf = ({ from, to, countedFrom, isComplete }: Report): string =>
  isComplete
    ? `${toIso(from)} to ${toIso(to)}.`
    : `${toIso(from)} to ${toIso(to)}; there were so many runs that only those from ${toIso(countedFrom)} on are counted.`;

/** The report as one page for people. */
export function pageOf(report: Report): string {
  const { organization, by, rows, total, moreRows } = report;
  const line = (name: string, figures: Figures) =>
    `<tr><td>${escaped(name)}</td>${COLUMNS.map(([, of]) => `<td>${escaped(of(figures))}</td>`).join('')}</tr>`;
  const head = [by, ...COLUMNS.map(([name]) => name)].map((name) => `<th>${escaped(name)}</th>`).join('');
  const more = moreRows > 0 ? `<p>${moreRows} more rows are not shown.</p>` : '';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Report of ${escaped(organization)}</title><style>${STYLE}</style></head>
<body><h1>Report of ${escaped(organization)}</h1><p>${escaped(coverageOf(report))}</p>
<table><thead><tr>${head}</tr></thead>
<tbody>${rows.map((row) => line(row.name, row)).join('\n')}</tbody>
<tfoot>${line('total', total)}</tfoot></table>${more}</body></html>
`;
}

/** The figures in a sentence, as a message tells them. */
export function sentenceOf(name: string, figures: Figures): string {
  const { runs, succeeded, failed, timedOut, missed, skipped, successRate, lateness } = figures;
  const rate = successRate === null ? '' : ` (${Math.round(successRate * 100)} %)`;
  const parts = [`${runs} runs`, `${succeeded} succeeded${rate}`, `${failed + timedOut} failed`, `${missed} missed`];
  const late = lateness.worstMs === null ? '' : `; the latest start was ${lateness.worstMs} ms late`;
  return `${name}: ${[...parts, `${skipped} skipped`].join(', ')}${late}.`;
}
