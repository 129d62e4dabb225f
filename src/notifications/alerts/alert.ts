/** What can be told of a task. */
export const ALERT_KINDS = [
  'failure',
  'failing',
  'recovery',
  'late',
  'missed',
  'paused',
  'overdue',
  'channel',
  'report',
  'test',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Something that somebody is told. Instants in epoch ms. */
export interface Alert {
  /** The same however often what it reports is looked at. */
  id: string;
  kind: AlertKind;
  at: number;
  taskId: string | null;
  taskName: string | null;
  runId: string | null;
  /** What happened, in one sentence. */
  text: string;
  /** The code and the start of the message of an error. */
  error: { code: string; message: string } | null;
  /** How many runs have failed in a row; null where that is not the matter. */
  failures: number | null;
  /** The attempt that it is about, where that is traced. */
  traceparent?: string;
}
