import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
/** The length of the inputs: a search that grows with the square of this takes a tenth of a second, also on a fast machine. */
const LENGTH = 16_000;
const MOST_MS = 30;
const TRIES = 3;
/** Characters that occur in patterns, for inputs that no pattern suggests. */
const COMMON = 'aA09 =-_./:;,%{}()*?"\'\\\t\n\u0000é'.split('');

/** Patterns that may take longer, by what they examine, and why that is bounded. */
const BOUNDED: Readonly<Record<string, string>> = {
  '\\s*\\n\\s*': 'messages of errors at the start of the process, which the operator sees',
  '\\/+$': 'addresses in the settings, which the operator gives',
};

interface Pattern {
  where: string;
  source: string;
  flags: string;
}

function* patternsIn(file: string): Generator<Pattern> {
  const text = readFileSync(join(SRC, file), 'utf8');
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Pattern[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      const { line } = tree.getLineAndCharacterOfPosition(node.pos);
      found.push({ where: `${file}:${line + 1}`, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  yield* found;
}

const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'),
);
const PATTERNS = FILES.flatMap((file) => [...patternsIn(file)]);

/** The literal runs of characters in a pattern. */
const wordsOf = (source: string): string[] =>
  source
    .replace(/\\[a-zA-Z]|\(\?[:=!]|\[[^\]]*\]|\{[\d,]+\}/g, '|')
    .replace(/\\(.)/g, '$1')
    .split(/[|()*+?^$.]/)
    .filter((word) => word !== '');

/**
 * Texts that repeat a part of the pattern, after something that the pattern may begin with and before something that it
 * does not match.
 */
function* pumped({ source }: Pattern): Generator<string> {
  const words = wordsOf(source);
  const parts = [
    ...words,
    ...COMMON,
    ...COMMON.map((character, index) => character + COMMON[(index + 1) % COMMON.length]!),
  ];
  for (const start of new Set(['', ...words.slice(0, 1)])) {
    for (const part of parts) {
      for (const end of ['', '\u0001']) yield start + part.repeat(LENGTH / part.length) + end;
    }
  }
}

function shortestMs(pattern: RegExp, text: string): number {
  let shortest = Infinity;
  for (let tries = 0; tries < TRIES && shortest > MOST_MS; tries++) {
    const begun = performance.now();
    text.replace(pattern, '');
    shortest = Math.min(shortest, performance.now() - begun);
  }
  return shortest;
}

describe('the patterns that look at input', () => {
  it('are found', () => expect(PATTERNS.length).toBeGreaterThan(80));

  it('take time in proportion to it, whatever it is', () => {
    const slow: string[] = [];
    for (const pattern of PATTERNS) {
      if (Object.hasOwn(BOUNDED, pattern.source)) continue;
      const compiled = new RegExp(pattern.source, pattern.flags);
      for (const text of pumped(pattern)) {
        const ms = shortestMs(compiled, text);
        if (ms <= MOST_MS) continue;
        slow.push(
          `${pattern.where} /${pattern.source}/: ${ms.toFixed(0)} ms for ${JSON.stringify(text.slice(0, 20))}…`,
        );
        break;
      }
    }
    expect(slow).toEqual([]);
  }, 120_000);

  it.each(['=+$', 'eyJ[\\w-]+\\.x', '\\s*\\n'])('are found out when they do not: %s', (source) => {
    const texts = [...pumped({ where: '', source, flags: '' })];
    expect(texts.some((text) => shortestMs(new RegExp(source), text) > MOST_MS)).toBe(true);
  });
});
