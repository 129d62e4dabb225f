/**
 * The length of the prefix by which secrets are found; no secret is shorter. Shorter secrets would mask ordinary words
 * and could be guessed anyway.
 */
export const KEY_LENGTH = 4;

/** Maximum number of futile comparisons: per character of the text, and at least. */
const VAIN_PER_CHARACTER = 64;
const VAIN_AT_LEAST = 10_000;

/** Places for the beginnings: for each text, at least, and at most. An index is made for each attempt, mostly of a text or two. */
const PLACES_PER_TEXT = 64;
const LEAST_PLACES = 1024;
const MOST_PLACES = 65_536;

/** Finds texts in other texts in one pass; the time grows only with the searched text. */
export class SecretIndex {
  /** The texts by prefix, longest first. */
  private readonly byKey = new Map<string, string[]>();
  /** Whether any text begins with two characters, by their hash: this alone skips most positions. */
  private readonly beginnings: Uint8Array;
  readonly longest: number;

  constructor(readonly texts: readonly string[]) {
    this.beginnings = new Uint8Array(placesFor(texts.length));
    // Longest first; otherwise a part of a text could match and the rest remain.
    for (const text of texts.toSorted((a, b) => b.length - a.length)) {
      const key = text.slice(0, KEY_LENGTH);
      const known = this.byKey.get(key);
      if (known) known.push(text);
      else this.byKey.set(key, [text]);
      this.beginnings[this.placeAt(text, 0)] = 1;
    }
    this.longest = texts.reduce((most, { length }) => Math.max(most, length), 0);
  }

  /** The text with every match replaced; null when that would take too many comparisons. */
  replace(text: string, by: string): string | null {
    const effort = effortFor(text);
    let parts = '';
    let kept = 0;
    for (let at = 0; at + KEY_LENGTH <= text.length; at++) {
      if (this.beginnings[this.placeAt(text, at)] === 0) continue;
      const length = this.lengthAt(text, at, effort);
      if (effort.left < 0) return null;
      if (length === 0) continue;
      parts += text.slice(kept, at) + by;
      kept = at + length;
      at = kept - 1;
    }
    return kept === 0 ? text : parts + text.slice(kept);
  }

  /** How many characters at the end of a text may begin one of the texts; null when finding out would take too long. */
  begunAtEnd(text: string): number | null {
    const effort = effortFor(text);
    let most = 0;
    for (const [key, texts] of this.byKey) {
      if (!text.includes(key, text.length - this.longest)) continue;
      for (const each of texts) {
        if ((effort.left -= 2 * Math.min(each.length, text.length)) < 0) return null;
        most = Math.max(most, overlap(text, each));
      }
    }
    return most;
  }

  private placeAt(text: string, at: number): number {
    return ((text.charCodeAt(at) * 31) ^ (text.charCodeAt(at + 1) << 4)) & (this.beginnings.length - 1);
  }

  private lengthAt(text: string, at: number, effort: { left: number }): number {
    for (const candidate of this.byKey.get(text.slice(at, at + KEY_LENGTH)) ?? []) {
      const same = sameFrom(text, at, candidate);
      if (same === candidate.length) return same;
      effort.left -= same;
      if (effort.left < 0) return 0;
    }
    return 0;
  }
}

const effortFor = ({ length }: string) => ({ left: VAIN_AT_LEAST + VAIN_PER_CHARACTER * length });

/** A power of two. */
const placesFor = (texts: number): number =>
  Math.min(MOST_PLACES, Math.max(LEAST_PLACES, 2 ** Math.ceil(Math.log2(texts * PLACES_PER_TEXT + 1))));

/** How many characters of `candidate` match the text at a position. */
function sameFrom(text: string, at: number, candidate: string): number {
  const end = Math.min(candidate.length, text.length - at);
  let same = KEY_LENGTH;
  while (same < end && text.charCodeAt(at + same) === candidate.charCodeAt(same)) same++;
  return same;
}

/** How many characters at the end of `text` begin `other` without completing it (Knuth, Morris and Pratt). */
function overlap(text: string, other: string): number {
  const limit = Math.min(other.length - 1, text.length);
  const borders = bordersOf(other, limit);
  let matched = 0;
  for (let at = text.length - limit; at < text.length; at++) {
    const code = text.charCodeAt(at);
    while (matched > 0 && other.charCodeAt(matched) !== code) matched = borders[matched - 1]!;
    if (other.charCodeAt(matched) === code) matched++;
  }
  return matched >= KEY_LENGTH ? matched : 0;
}

/** For each prefix of a text, the length of its longest proper prefix that is also its suffix. */
function bordersOf(text: string, length: number): Int32Array {
  const borders = new Int32Array(length);
  for (let at = 1, border = 0; at < length; at++) {
    while (border > 0 && text.charCodeAt(at) !== text.charCodeAt(border)) border = borders[border - 1]!;
    if (text.charCodeAt(at) === text.charCodeAt(border)) border++;
    borders[at] = border;
  }
  return borders;
}
