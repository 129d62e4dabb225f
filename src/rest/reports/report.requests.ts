import { z } from 'zod';
import { REPORT_ROWS } from '../../reports/report.js';
import { epochSchema } from '../tasks/task.requests.js';

export const reportQuerySchema = z.strictObject({
  by: z.enum(REPORT_ROWS).default('task').describe('What the rows are; with `organization` there is only the total.'),
  from: epochSchema.describe('Occurrences at this instant or later.'),
  to: epochSchema.describe('Occurrences at an earlier instant, within 366 days.'),
  taskId: z.string().min(1).max(100).optional().describe('Only this task.'),
  tag: z.string().min(1).max(64).optional().describe('Only tasks that have this tag now.'),
  format: z.enum(['json', 'csv', 'html']).default('json').describe('As what it is answered.'),
});
export type ReportQueryRequest = z.output<typeof reportQuerySchema>;
