import { visible } from './visible.ts';

/** A stretch of text in one look. */
export interface Span {
  text: string;
  look: string;
}

/** Sequences that terminals understand: looks, and all others, which are left out. */
// oxlint-disable-next-line no-control-regex
const SEQUENCE = /\u001b\[([0-9;]*)m|\u001b\[[0-9;?]*[A-Za-z]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g;

/** Text with the looks of a terminal, as classes: never as markup or styles. */
export function spansOf(text: string): Span[] {
  if (!text.includes('\u001b')) return [{ text: visible(text), look: '' }];
  const spans: Span[] = [];
  let [colour, isBold, last] = ['', false, 0];
  const push = (piece: string): void => {
    if (piece === '') return;
    const look = [colour, isBold ? 'ansi-bold' : ''].filter(Boolean).join(' ');
    spans.push({ text: visible(piece), look });
  };
  for (const match of text.matchAll(SEQUENCE)) {
    push(text.slice(last, match.index));
    last = match.index + match[0].length;
    for (const code of (match[1] ?? '').split(';').map(Number)) {
      if (match[1] === undefined) break;
      if (code === 0) [colour, isBold] = ['', false];
      else if (code === 1) isBold = true;
      else if (code === 39) colour = '';
      else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) colour = `ansi-${code % 10}`;
    }
  }
  push(text.slice(last));
  return spans;
}
