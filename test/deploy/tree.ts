/** A parsed YAML or JSON document. */
export interface Tree {
  [key: string]: unknown;
}

/** The value at a dotted path, where numbers index lists; undefined when nothing is there. */
export const at = (tree: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Tree)[key] : undefined),
      tree,
    );
