/** A step from one schema to the next. Once released it never changes. */
export interface Migration {
  version: number;
  statements: readonly string[];
}
