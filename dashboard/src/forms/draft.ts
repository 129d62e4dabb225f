/** Something as it is written: what can be changed of it, as JSON. */
export type Draft = Record<string, unknown>;

/** A difference between two drafts; undefined where there is nothing. */
export interface Change {
  pointer: string;
  before: unknown;
  after: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const stepsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

const escaped = (step: string): string => step.replaceAll('~', '~0').replaceAll('/', '~1');

/** The value at a JSON pointer. */
export const at = (value: unknown, pointer: string): unknown =>
  stepsOf(pointer).reduce<unknown>(
    (inner, step) =>
      Array.isArray(inner)
        ? inner[Number(step)]
        : isObject(inner) && Object.hasOwn(inner, step)
          ? inner[step]
          : undefined,
    value,
  );

/** A copy with another value at a pointer; undefined removes it, and an object that becomes empty by that. */
export function withAt(draft: Draft, pointer: string, value: unknown): Draft {
  return (put(draft, stepsOf(pointer), value) as Draft | undefined) ?? {};
}

function put(inner: unknown, [step, ...rest]: string[], value: unknown): unknown {
  if (step === undefined) return value;
  if (Array.isArray(inner)) {
    const index = Number(step);
    if (rest.length === 0 && value === undefined) return inner.toSpliced(index, 1);
    return inner.length > index
      ? inner.with(index, put(inner[index], rest, value))
      : [...(inner as unknown[]), put(undefined, rest, value)];
  }
  const { [step]: old, ...others } = isObject(inner) ? inner : {};
  const made = put(old, rest, value);
  if (made !== undefined) return { ...(isObject(inner) ? inner : {}), [step]: made };
  return rest.length === 0 && Object.keys(others).length === 0 ? undefined : others;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : isObject(value)
      ? Object.fromEntries(
          Object.entries(value)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, each]) => [key, sorted(each)]),
        )
      : value;

/** What differs, at the deepest objects; lists are compared whole, as a merge patch replaces them. */
export function changesOf(before: unknown, after: unknown, pointer = ''): Change[] {
  if (same(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [{ pointer, before, after }];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    changesOf(before[key], after[key], `${pointer}/${escaped(key)}`),
  );
}

/** The merge patch (RFC 7396) that makes the one of the other. */
export function patchOf(before: Draft, after: Draft): Draft {
  const patch: Draft = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, made] = [before[key], after[key]];
    if (same(old, made)) continue;
    if (made === undefined) patch[key] = null;
    else patch[key] = isObject(old) && isObject(made) ? patchOf(old, made) : made;
  }
  return patch;
}

/** What `mine` changed of `base`, upon `theirs`; what both changed is mine. */
export const merged = (base: Draft, mine: Draft, theirs: Draft): Draft =>
  changesOf(base, mine).reduce((draft, { pointer, after }) => withAt(draft, pointer, after), theirs);

/** What both changed in different ways: the pointers of mine. */
export function clashes(base: Draft, mine: Draft, theirs: Draft): string[] {
  const others = changesOf(base, theirs);
  const within = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
  return changesOf(base, mine)
    .filter(({ pointer, after }) =>
      others.some(
        (other) => within(pointer, other.pointer) && !(pointer === other.pointer && same(after, other.after)),
      ),
    )
    .map(({ pointer }) => pointer);
}
