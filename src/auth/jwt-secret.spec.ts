import { describe, expect, it } from '@jest/globals';
import { SettingsError } from '../domain/errors.js';
import { jwtSecretOf } from './jwt-secret.js';

const unset = { jwtSecret: null, jwksUrl: null, production: true, storeUrl: 'file:/proc/nowhere/tasks.db' };

describe('the secret of tokens', () => {
  it('is the one that is set, beside public keys too', async () => {
    expect(await jwtSecretOf({ ...unset, jwtSecret: 's', jwksUrl: 'https://id.example.org/keys' })).toBe('s');
  });

  it('is none where only an identity provider signs tokens', async () => {
    expect(await jwtSecretOf({ ...unset, jwksUrl: 'https://id.example.org/keys' })).toBeNull();
  });

  it('is never generated in production', async () => {
    await expect(jwtSecretOf(unset)).rejects.toThrow(SettingsError);
  });
});
