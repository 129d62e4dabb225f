import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SettingsError } from '../domain/errors.js';
import { generatedKey } from './generated-key.js';

describe('generatedKey', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'generated-key-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('makes a key that only its owner can read, once', async () => {
    const path = join(folder, 'data', 'encryption.key');
    const key = await generatedKey(path);
    expect(key).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await generatedKey(path)).toEqual(key);
  });

  it('gives everybody the same key when many come first at once, and leaves nothing else behind', async () => {
    const path = join(folder, 'encryption.key');
    const keys = await Promise.all(Array.from({ length: 20 }, () => generatedKey(path)));
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
    expect(await readdir(folder)).toEqual(['encryption.key']);
  });

  it('refuses a file that holds no key and leaves it as it is', async () => {
    const path = join(folder, 'encryption.key');
    await writeFile(path, 'c29tZXRoaW5nIGVsc2U=');
    await expect(generatedKey(path)).rejects.toThrow(SettingsError);
    await expect(generatedKey(path)).rejects.not.toThrow(/c29tZXRoaW5n/);
    expect(await readFile(path, 'utf8')).toBe('c29tZXRoaW5nIGVsc2U=');
  });

  it('says so when the file cannot be made', async () => {
    await expect(generatedKey('/proc/nowhere/encryption.key')).rejects.toThrow(/cannot be created \(ENOENT\)\.$/);
    await expect(generatedKey('/proc/nowhere/encryption.key')).rejects.toBeInstanceOf(SettingsError);
  });

  it('says so when the file cannot be read', async () => {
    await expect(generatedKey(folder)).rejects.toThrow(/cannot be read \(EISDIR\)/);
  });
});
