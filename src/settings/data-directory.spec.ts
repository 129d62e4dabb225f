import { describe, expect, it } from '@jest/globals';
import { SettingsError } from '../domain/errors.js';
import { dataDirectory, embeddedStorePath } from './data-directory.js';
import { readSettingsFile } from './settings-file.js';

describe('dataDirectory', () => {
  it.each([
    ['file:./data/tasks.db', './data'],
    ['file:tasks.db', '.'],
    ['file:/var/lib/runner/tasks.db', '/var/lib/runner'],
    ['file:///var/lib/runner/tasks.db', '/var/lib/runner'],
    ['mongodb://db.example.org/tasks', './data'],
  ])('of %s is %s', (storeUrl, folder) => {
    expect(dataDirectory({ storeUrl })).toBe(folder);
  });
});

describe('embeddedStorePath', () => {
  it('is null for a MongoDB', () => {
    expect(embeddedStorePath('mongodb+srv://db.example.org')).toBeNull();
  });
});

describe('readSettingsFile', () => {
  it('says which file it cannot read', () => {
    expect(() => readSettingsFile('/no/such/file.yaml')).toThrow(SettingsError);
    expect(() => readSettingsFile('/no/such/file.yaml')).toThrow(
      'The settings file /no/such/file.yaml cannot be read.',
    );
  });
});
