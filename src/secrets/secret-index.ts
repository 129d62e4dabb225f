/**
 * By how many of their first characters secrets are found; none is shorter. Shorter ones would black out ordinary words
 * and keep nobody from guessing them.
 */
export const KEY_LENGTH = 4;

/** How many characters may be compared in vain, for each that is looked at and in any case. */
const VAIN_PER_CHARACTER = 64;
const VAIN_AT_LEAST = 10_000;

/** Texts to be found in others, each in one pass, in a time that grows with what is looked at alone. */
export class SecretIndex {
  /** The texts by their first characters, the longest first. */
  private readonly byKey = new Map<string, string[]>();
  /** Whether any text begins with two characters, by a hash of them: most places are passed over by this alone. */
  private readonly beginnings = new Uint8Array(65_536);
  readonly longest: number;

  constructor(readonly texts: readonly string[]) {
    // The longest first, or a part of it would be found and the rest be left.
    for (const text of texts.toSorted((a, b) => b.length - a.length)) {
      const key = text.slice(0, KEY_LENGTH);
      const known = this.byKey.get(key);
      if (known) known.push(text);
      else this.byKey.set(key, [text]);
      this.beginnings[hashAt(text, 0)] = 1;
    }
    this.longest = texts.reduce((most, { length }) => Math.max(most, length), 0);
  }

  /** The text with each that is found in it replaced; null when too much would have to be compared to tell. */
  replace(text: string, by: string): string | null {
    const effort = effortFor(text);
    let parts = '';
    let kept = 0;
    for (let at = 0; at + KEY_LENGTH <= text.length; at++) {
      if (this.beginnings[hashAt(text, at)] === 0) continue;
      const length = this.lengthAt(text, at, effort);
      if (effort.left < 0) return null;
      if (length === 0) continue;
      parts += text.slice(kept, at) + by;
      kept = at + length;
      at = kept - 1;
    }
    return kept === 0 ? text : parts + text.slice(kept);
  }

  /** How many characters at the end of a text may be the beginning of one that goes on; null when it takes too much to tell. */
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

const hashAt = (text: string, at: number): number =>
  ((text.charCodeAt(at) * 31) ^ (text.charCodeAt(at + 1) << 4)) & 0xffff;

/** How many characters of `candidate` stand at a place of the text. */
function sameFrom(text: string, at: number, candidate: string): number {
  const end = Math.min(candidate.length, text.length - at);
  let same = KEY_LENGTH;
  while (same < end && text.charCodeAt(at + same) === candidate.charCodeAt(same)) same++;
  return same;
}

/** How many characters at the end of `text` are the beginning of `other`, but not all of it: by Knuth, Morris and Pratt. */
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

/** Of each beginning of a text, how long its longest beginning is that is its end, too. */
function bordersOf(text: string, length: number): Int32Array {
  const borders = new Int32Array(length);
  for (let at = 1, border = 0; at < length; at++) {
    while (border > 0 && text.charCodeAt(at) !== text.charCodeAt(border)) border = borders[border - 1]!;
    if (text.charCodeAt(at) === text.charCodeAt(border)) border++;
    borders[at] = border;
  }
  return borders;
}
