import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { packageVersion } from './package-version.js';

describe('packageVersion', () => {
  it('is the one in package.json', () => {
    const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
    expect(packageVersion()).toBe(version);
  });

  it('is unknown where there is no package.json', () => {
    expect(packageVersion(new URL('nowhere.json', import.meta.url))).toBe('unknown');
  });
});
