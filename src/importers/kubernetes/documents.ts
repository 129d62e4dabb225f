import { messageOf } from '../../domain/thrown.js';
import { MOST_ENTRIES, NotCarriedOver, type ReadingBuilder } from '../reading.js';

/** An object of Kubernetes, and where it stands. */
export interface Manifest {
  where: string;
  object: Record<string, unknown>;
}

/** Aliases of a document may be followed so often; beyond that it is no manifest, but a bomb. */
const MOST_ALIASES = 100;
/** The deepest that brackets or indentation may go. The parser walks by recursion. */
const DEEPEST = 200;

/**
 * The objects in a YAML text of any number of documents, and in lists. What cannot be read is told, and keeps out no
 * other document.
 */
export async function manifestsIn(text: string, reading: ReadingBuilder): Promise<Manifest[]> {
  const { parseAllDocuments } = await import('yaml');
  const manifests: Manifest[] = [];
  for (const [index, part] of partsOf(text).entries()) {
    const where = `document ${index + 1}`;
    reading.add({ where, entry: part.trim().split('\n')[0] ?? '' }, () => {
      if (isTooDeep(part)) throw new NotCarriedOver('is nested too deeply');
      for (const document of within(() => [...parseAllDocuments(part, { logLevel: 'silent', uniqueKeys: true })])) {
        if (document.errors.length > 0) throw new NotCarriedOver(`is no YAML: ${messageOf(document.errors[0])}`);
        collect(
          within(() => document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown),
          where,
          manifests,
        );
      }
      return null;
    });
  }
  return manifests;
}

/** The documents of a text, each by itself, so that a broken one does not spoil those behind it. */
const partsOf = (text: string): string[] => text.split(/^---(?=\s|$)/m).filter((part) => /^[ \t]*[^\s#]/m.test(part));

function isTooDeep(text: string): boolean {
  let depth = 0;
  let dashes = 0;
  for (const char of text) {
    if (char === '[' || char === '{') depth++;
    else if (char === ']' || char === '}') depth = Math.max(0, depth - 1);
    // A line may open many levels: "- - - x".
    if (char === '\n') dashes = 0;
    else if (char === '-') dashes++;
    if (depth > DEEPEST || dashes > 5 * DEEPEST) return true;
  }
  return /^ {2000}/m.test(text) || /(?:[-?] ){200}/.test(text);
}

function within<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new NotCarriedOver(`cannot be read: ${messageOf(error, 300)}`);
  }
}

function collect(value: unknown, where: string, manifests: Manifest[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const object = value as Record<string, unknown>;
  const kind = typeof object['kind'] === 'string' ? object['kind'] : '';
  if (!kind.endsWith('List') || !Array.isArray(object['items'])) {
    if (manifests.length < MOST_ENTRIES * 2) manifests.push({ where, object });
    return;
  }
  for (const [index, item] of (object['items'] as unknown[]).entries()) {
    // The items of a CronJobList need not say what they are.
    const each = kind.replace(/List$/, '');
    const named = each !== '' && typeof item === 'object' && item !== null ? { kind: each, ...item } : item;
    collect(named, `${where}, item ${index + 1}`, manifests);
  }
}
