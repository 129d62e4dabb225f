import type { Figures } from './tally.js';

/** What the rows of a report are. */
export const REPORT_ROWS = ['task', 'tag', 'day', 'organization'] as const;
export type ReportRows = (typeof REPORT_ROWS)[number];

/** Which report: `from` (inclusive) and `to` (exclusive) in epoch ms. */
export interface ReportQuery {
  by: ReportRows;
  from: number;
  to: number;
  taskId?: string | undefined;
  tag?: string | undefined;
}

/** The figures of one task, tag or day. */
export interface ReportRow extends Figures {
  /** A task's id, a tag, a day (UTC) as in 2027-01-31, or the organization. */
  key: string;
  /** What people call it. */
  name: string;
}

/** What became of an organization's tasks within some time. */
export interface Report extends ReportQuery {
  organization: string;
  at: number;
  /**
   * From when on everything is counted (epoch ms): `from`, unless there were more runs than one report reads. What is
   * older is then not in it.
   */
  countedFrom: number;
  /** Whether everything in the range is counted. */
  isComplete: boolean;
  total: Figures;
  rows: ReportRow[];
  /** How many more rows there were. */
  moreRows: number;
}
