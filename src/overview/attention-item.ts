/** What can need attention; of one severity, the first comes first. */
export const ATTENTION_KINDS = [
  ...([
    'overdue',
    'instance',
    'audit',
    'quota',
    'pool',
    'failing',
    'auto-paused',
    'never-ran',
    'ending',
    'clock-change',
  ] as const),
  ...(['clock-set-back'] as const),
];
export type AttentionKind = (typeof ATTENTION_KINDS)[number];
export const SEVERITIES = ['critical', 'warning', 'notice'] as const;

/** Something that somebody should look at. Epoch ms. */
export interface AttentionItem {
  kind: AttentionKind;
  severity: (typeof SEVERITIES)[number];
  taskId?: string;
  name?: string;
  since: number | null;
  sentence: string;
  count: number;
}
