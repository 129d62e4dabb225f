/**
 * What a stream of changes tells of, and which queries show it: by the first part of their keys. The trail shows each
 * change; figures are none.
 */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  runs: [
    ...['runs', 'run', 'strip', 'occurrences', 'cell', 'matrix', 'explain', 'task', 'tasks', 'next-runs', 'stats'],
    ...['series', 'attention', 'failures', 'queues', 'figures', 'upcoming', 'audit'],
  ],
  tasks: [
    ...['tasks', 'task', 'task-names', 'next-runs', 'explain', 'matrix', 'attention', 'stats', 'forecast', 'upcoming'],
    ...['versions', 'clock-changes', 'audit'],
  ],
  settings: [
    ...['settings', 'usage', 'queues', 'api-keys', 'webhook-sources', 'webhook-source', 'channels', 'rules'],
    ...['report-schedules', 'calendar-days', 'audit'],
  ],
  stats: ['stats', 'runs', 'run', 'queues'],
  instances: ['instances', 'attention'],
};

/** What takes the service or the page longer, so that it is read anew less often. */
const HEAVY = new Set([
  'series',
  'attention',
  'failures',
  'matrix',
  'forecast',
  'clock-changes',
  'stats',
  'usage',
  'figures',
  'tasks',
  'task-names',
  'upcoming',
]);
const LIGHT_MS = 2000;
const HEAVY_MS = 5000;

/** The queries that show what a topic tells of. */
export const shownBy = (topic: string): readonly string[] => (Object.hasOwn(SHOWN, topic) ? SHOWN[topic]! : []);

/** Tells when what is shown is to be read anew: at once where things are calm, else as often as it may be. */
export class Freshness {
  private readonly lastAt = new Map<string, number>();
  private readonly wanted = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly renew: (keys: ReadonlySet<string>) => void) {}

  want(keys: readonly string[]): void {
    for (const key of keys) this.wanted.add(key);
    this.serve();
  }

  end(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.wanted.clear();
  }

  private serve(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const now = Date.now();
    const due = new Set([...this.wanted].filter((key) => this.dueAt(key) <= now));
    for (const key of due) {
      this.wanted.delete(key);
      this.lastAt.set(key, now);
    }
    if (due.size > 0) this.renew(due);
    const next = Math.min(...[...this.wanted].map((key) => this.dueAt(key)));
    if (next !== Infinity) this.timer = setTimeout(() => this.serve(), next - now);
  }

  private dueAt(key: string): number {
    return (this.lastAt.get(key) ?? -Infinity) + (HEAVY.has(key) ? HEAVY_MS : LIGHT_MS);
  }
}
