import { NotCarriedOver } from '../reading.js';

const SECOND_MS = 1000;
const UNITS: Readonly<Record<string, number>> = {
  second: SECOND_MS,
  minute: 60 * SECOND_MS,
  hour: 3600 * SECOND_MS,
  day: 86_400 * SECOND_MS,
  week: 7 * 86_400 * SECOND_MS,
  month: 30 * 86_400 * SECOND_MS,
  year: 365 * 86_400 * SECOND_MS,
};
const ONES = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];
const TEENS = ['thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'];
const TENS = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const WORDS = new Map<string, number>([
  ...[...ONES, ...TEENS].map((word, value): [string, number] => [word, value]),
  ...TENS.map((word, index): [string, number] => [word, 20 + 10 * index]),
]);
const PART = /^(.*?)(second|minute|hour|day|week|month|year)s?(?=[^a-z]|$)/;

/**
 * The milliseconds of an interval in words, such as `3 minutes and 30 seconds`, as the npm package human-interval reads
 * it; what that takes for nothing, or only in part, is not carried over. @throws NotCarriedOver
 */
export function humanInterval(text: string): number {
  let rest = text.replaceAll(/[^a-z\d.-]+|\band\b/g, ' ').trim();
  let sum = 0;
  while (rest !== '') {
    const [whole, count, unit] = PART.exec(rest) ?? [];
    if (whole === undefined) throw unreadable(text);
    sum += countOf(count!.trim(), text) * UNITS[unit!]!;
    rest = rest.slice(whole.length).trim();
  }
  if (!(sum > 0) || !Number.isFinite(sum)) throw unreadable(text);
  return Math.round(sum);
}

function countOf(words: string, text: string): number {
  if (words === '') return 1;
  if (/^\d+(?:\.\d+)?$/.test(words)) return Number(words);
  const [first, second, ...rest] = words.split(/[\s-]+/);
  const [tens, ones] = [WORDS.get(first!), second === undefined ? 0 : WORDS.get(second)];
  if (tens === undefined || ones === undefined || rest.length > 0) throw unreadable(text);
  if (second !== undefined && (tens < 20 || ones === 0 || ones > 9)) throw unreadable(text);
  return tens + ones;
}

const unreadable = (text: string): NotCarriedOver =>
  new NotCarriedOver(
    `has the interval ${JSON.stringify(text)}, which is not read here, or is no time: write it in figures`,
  );
