/** A step from one schema to the next. Once released it never changes. */
export interface Migration {
  version: number;
  statements: readonly string[];
  /** Whether programs that do not know it cannot work on what it leaves. Most only add, and rolling restarts need that. */
  breaks?: boolean;
}
