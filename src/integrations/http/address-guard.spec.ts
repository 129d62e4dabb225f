import type { LookupAddress } from 'node:dns';
import { describe, expect, it, jest } from '@jest/globals';
import { SettingsError } from '../../domain/errors.js';
import { AddressGuard, AddressRefusedError } from './address-guard.js';
import { GuardedClient } from './guarded-client.js';

/** A guard whose resolver knows only these names and counts its calls. */
function world(allow: string[], names: Record<string, string[]> = {}) {
  const resolve = jest.fn((host: string, _options: unknown, done: (e: Error | null, a: LookupAddress[]) => void) => {
    const addresses = (names[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    done(addresses.length > 0 ? null : Object.assign(new Error(`no ${host}`), { code: 'ENOTFOUND' }), addresses);
  });
  return { guard: new AddressGuard(allow, resolve), resolve };
}

const looked = (guard: AddressGuard, host: string, all = true): Promise<unknown> =>
  new Promise((resolve) => guard.lookup(host, { all }, (error, addresses) => resolve(error ?? addresses)));

describe('AddressGuard', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://127.255.255.254/',
    'http://0x7f.1/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://017700000001/',
    'http://0177.0.0.1/',
    'http://127.0.0.1./',
    'http://１２７.0.0.1/',
    'http://127。0。0。1/',
    'http://%31%32%37.0.0.1/',
    'http://0/',
    'http://0.0.0.0:8080/',
    'http://0.1.2.3/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://0xa9fea9fe/',
    'http://100.64.0.1/',
    'http://192.0.0.1/',
    'http://192.0.2.1/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://240.0.0.1/',
    'http://255.255.255.255/',
    'http://[::]/',
    'http://[::1]/',
    'http://[0:0:0:0:0:0:0:1]:80/',
    'http://[::127.0.0.1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::ffff:8.8.8.8]/',
    'http://[::ffff:0:127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[64:ff9b:1::a00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:7f00:1::]/',
    'http://[2001:db8::1]/',
    'http://[fc00::1]/',
    'http://[fd12:3456::1]/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    'http://[ff02::1]/',
    'http://[100::1]/',
    'http://[4000::1]/',
  ])('refuses %s without asking the network', async (text) => {
    const { guard, resolve } = world([]);
    const client = new GuardedClient(guard);
    const call = {
      method: 'GET',
      url: new URL(text),
      headers: {},
      body: null,
      open: new Set<string>(),
      isConfidential: false,
      mayBecomeGet: false,
      organization: 'acme',
      isFinal: () => false,
    };
    await expect(client.call(call, () => false, new AbortController().signal)).rejects.toThrow(AddressRefusedError);
    expect(resolve).not.toHaveBeenCalled();
    await client.close();
  });

  it.each([
    'http://8.8.8.8/',
    'http://172.15.255.255/',
    'http://172.32.0.1/',
    'http://100.63.0.1/',
    'http://[2606:4700::1111]/',
  ])('lets %s pass', (text) => {
    expect(() => world([]).guard.checkUrl(new URL(text))).not.toThrow();
  });

  it('connects a name only to those of its addresses that are public', async () => {
    const { guard } = world([], {
      'mixed.example': ['10.0.0.1', '93.184.216.34', '64:ff9b::5db8:d822'],
      'private.example': ['10.0.0.1', 'fd00::1'],
      localhost: ['127.0.0.1', '::1'],
      // The resolver's answers for these names must not matter.
      'localhost.': ['93.184.216.34'],
      'a.localhost': ['93.184.216.34'],
    });
    for (const name of ['localhost.', 'LOCALHOST', 'a.localhost', 'a.b.Localhost.', 'missing.localhost'])
      expect(await looked(guard, name)).toBeInstanceOf(AddressRefusedError);
    expect(await looked(world(['a.localhost']).guard, 'A.localhost.', false)).toBe('127.0.0.1');
    expect(await looked(guard, 'mixed.example')).toEqual([{ address: '93.184.216.34', family: 4 }]);
    expect(await looked(guard, 'mixed.example', false)).toBe('93.184.216.34');
    expect(await looked(guard, 'private.example')).toBeInstanceOf(AddressRefusedError);
    expect(await looked(guard, 'localhost')).toBeInstanceOf(AddressRefusedError);
    expect(await looked(guard, 'missing.example')).toMatchObject({ code: 'ENOTFOUND' });
  });

  it('does not say to which address a name resolved', async () => {
    const { guard } = world([], { 'private.example': ['10.9.8.7'] });
    expect(String(await looked(guard, 'private.example'))).not.toContain('10.9.8.7');
  });

  it('allows the addresses, networks and hosts of the settings and no others', async () => {
    const names = {
      'Build.internal': ['10.0.0.1'],
      'build.internal.': ['10.0.0.1'],
      'x.internal': ['10.0.0.1', '192.168.7.7'],
    };
    const { guard } = world(['127.0.0.1', ' 192.168.7.0/24', 'fd00::/8', '[::1]', 'BUILD.internal'], names);
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '192.168.7.255', 'fd12::1', '::1']) {
      expect(guard.accepts(address)).toBe(true);
    }
    for (const address of ['127.0.0.2', '192.168.8.1', 'fc00::1', '10.0.0.1', '::2', 'nonsense', '']) {
      expect(guard.accepts(address)).toBe(false);
    }
    expect(await looked(guard, 'Build.internal')).toHaveLength(1);
    expect(await looked(guard, 'build.internal.')).toHaveLength(1);
    expect(await looked(guard, 'x.internal')).toEqual([{ address: '192.168.7.7', family: 4 }]);
  });

  it.each(['', '10.0.0.0/33', 'http://a.example', 'a b', '*', 'a.example:80'])('refuses the setting %j', (entry) => {
    expect(() => new AddressGuard([entry])).toThrow(SettingsError);
  });
});
