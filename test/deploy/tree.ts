/** A parsed YAML or JSON document. */
export interface Tree {
  [key: string]: unknown;
}

/** What lies at a dotted path, in which numbers index lists; undefined where there is nothing. */
export const at = (tree: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Tree)[key] : undefined),
      tree,
    );
