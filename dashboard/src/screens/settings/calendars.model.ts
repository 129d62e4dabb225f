/** What is left out of a month, put together by what names it. */
export interface Month {
  month: string;
  /** Such as "dates: 6, 8; days of the week: 7, 14". */
  leftOut: string;
}

const WORDS: Record<string, string> = { date: 'dates', weekday: 'days of the week', rule: 'rules' };

/** The months that have such a day, in order. */
export function monthsOf(days: readonly { date: string; reason: string }[]): Month[] {
  const months = new Map<string, Map<string, number[]>>();
  for (const { date, reason } of days) {
    const month = date.slice(0, 7);
    const kinds = months.get(month) ?? new Map<string, number[]>();
    kinds.set(reason, [...(kinds.get(reason) ?? []), Number(date.slice(8))]);
    months.set(month, kinds);
  }
  return [...months].map(([month, kinds]) => ({
    month,
    leftOut: Object.entries(WORDS)
      .filter(([kind]) => kinds.has(kind))
      .map(([kind, word]) => `${word}: ${kinds.get(kind)!.join(', ')}`)
      .join('; '),
  }));
}
