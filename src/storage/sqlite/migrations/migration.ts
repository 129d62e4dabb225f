/** A step from one schema to the next. Once released it never changes. */
export interface Migration {
  version: number;
  statements: readonly string[];
  /**
   * Whether programs that do not know this step cannot use the new schema. Most steps only add: rolling restarts need
   * that.
   */
  breaks?: boolean;
}
