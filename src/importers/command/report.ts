import type { CheckedPlan } from '../checked.js';
import type { Outcome } from '../import-tasks.js';
import { shortened, type Finding } from '../reading.js';
import { counted } from '../../domain/counted.js';

/** What an import did, or would do. */
export interface Report {
  source: string;
  dryRun: boolean;
  tasks: { plan: CheckedPlan; outcome: Outcome }[];
  leftOut: Finding[];
  remarks: string[];
}

/** How many of these a line of the report may take. */
const WIDTHS = { where: 28, schedule: 28, name: 40 };

/** The report for programs. The values of secrets are not in it. */
export const reportAsJson = ({ source, dryRun, tasks, leftOut, remarks }: Report): string =>
  JSON.stringify(
    {
      source,
      dryRun,
      tasks: tasks.map(({ plan, outcome }) => ({
        where: plan.where,
        schedule: plan.schedule,
        outcome,
        nextRunAt: plan.nextAt === null ? null : new Date(plan.nextAt).toISOString(),
        ...(plan.pausedFor !== undefined && { pausedFor: plan.pausedFor }),
        differences: plan.differences,
        secretNames: Object.keys(plan.input.secrets ?? {}),
        task: plan.definition,
      })),
      leftOut,
      remarks,
    },
    null,
    2,
  );

/** The report for people. */
export function reportAsText(report: Report): string {
  const { tasks, leftOut, remarks } = report;
  const lines: string[] = [];
  if (tasks.length > 0) lines.push(...table(tasks), '');
  if (leftOut.length > 0) {
    lines.push('Not carried over:');
    for (const { where, entry, reason } of leftOut)
      lines.push(`  ${where}: ${shortened(entry, 80)}`, `      ${reason}`);
    lines.push('');
  }
  if (remarks.length > 0) lines.push('Different for all:', ...remarks.map((remark) => `  ${remark}`), '');
  lines.push(summary(report));
  return lines.map(printable).join('\n');
}

function table(tasks: Report['tasks']): string[] {
  const rows = tasks.map(({ plan, outcome }) => [
    shortened(plan.where, WIDTHS.where),
    shortened(plan.schedule, WIDTHS.schedule),
    shortened(plan.input.name, WIDTHS.name),
    plan.pausedFor !== undefined ? 'paused' : plan.nextAt === null ? '-' : new Date(plan.nextAt).toISOString(),
    outcome.state,
  ]);
  const head = ['FROM', 'SCHEDULE', 'TASK', 'NEXT RUN', 'STATE'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  return [
    line(head),
    ...tasks.flatMap(({ plan, outcome }, index) => [
      line(rows[index]!),
      ...(outcome.state === 'refused' ? [`      refused: ${outcome.reason}`] : []),
      ...plan.differences.map((difference) => `      ${difference}`),
    ]),
  ];
}

function summary({ tasks, leftOut, dryRun }: Report): string {
  const counts = new Map<string, number>();
  for (const { outcome } of tasks) counts.set(outcome.state, (counts.get(outcome.state) ?? 0) + 1);
  const states = [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
  const told = `${counted(tasks.length, 'task')}${states && ` (${states})`}, ${leftOut.length} left out.`;
  const differ = counts.has('differs') ? ' Those that differ stay as they are without --update.' : '';
  return `${told}${differ}${dryRun ? ' Nothing was stored.' : ''}`;
}

/** Sources may hold anything; a terminal gets no control characters from them. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, '\u{fffd}');
