/** The matchers that the contract uses. */
export interface Matchers {
  toBe: (expected: unknown) => void;
  /** Equal member by member, where a member that is undefined is as good as none. */
  toEqual: (expected: unknown) => void;
  toBeNull: () => void;
  toHaveLength: (length: number) => void;
  toHaveProperty: (name: string, value: unknown) => void;
  toMatchObject: (expected: object) => void;
  toBeGreaterThan: (bound: number) => void;
  toBeLessThanOrEqual: (bound: number) => void;
}

/** The matchers of a promise. */
export interface PromiseMatchers {
  readonly resolves: { toBeUndefined: () => Promise<void> };
  readonly rejects: { toBeInstanceOf: (expected: new (...args: never[]) => unknown) => Promise<void> };
}

/** `expect` of Jest, of Vitest, or of the package `expect`. */
export interface Expect {
  (actual: unknown): Matchers & PromiseMatchers & { readonly not: Matchers };
  arrayContaining: (expected: unknown[]) => unknown;
}

/** The functions of a test runner that describe tests: those of Jest, Vitest or `node:test`. */
export interface TestRunner {
  describe: (name: string, body: () => void) => unknown;
  /** A runner whose third argument is no time-out passes over it, as `node:test` does. */
  it: (name: string, body: () => Promise<void>, timeoutMs: number) => unknown;
  beforeEach: (body: () => Promise<void>) => unknown;
  afterEach: (body: () => Promise<void>) => unknown;
  expect: Expect;
}
