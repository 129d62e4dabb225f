/** One series of a metric with its value. */
export interface Series {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** The series in a text of Prometheus. */
export const seriesIn = (text: string): Series[] =>
  text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(LABEL)].map(([, label, of]) => [label!, of!]);
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }];
  });

/** The value of the one series with these labels; undefined where there is none. */
export function valueIn(text: string, name: string, labels: Record<string, string> = {}): number | undefined {
  const wanted = Object.entries(labels);
  return seriesIn(text).find(
    (each) =>
      each.name === name &&
      Object.keys(each.labels).length === wanted.length &&
      wanted.every(([label, value]) => each.labels[label] === value),
  )?.value;
}

/** Each metric with its type, its help and the labels that its series have, histograms without theirs. */
export function metricsIn(text: string): Map<string, { type: string; help: string; labels: string[] }> {
  const found = new Map<string, { type: string; help: string; labels: string[] }>();
  for (const [, name, help] of text.matchAll(/^# HELP (\S+) (.*)$/gm))
    found.set(name!, { type: '', help: help!, labels: [] });
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) found.get(name!)!.type = type!;
  for (const { name, labels } of seriesIn(text)) {
    const metric = found.get(name) ?? found.get(name.replace(/_(bucket|sum|count)$/, ''));
    for (const label of Object.keys(labels))
      if (metric && label !== 'le' && !metric.labels.includes(label)) metric.labels.push(label);
  }
  return found;
}
