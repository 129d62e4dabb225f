import { describe, expect, it } from '@jest/globals';
import type { AuditRecorder } from '../audit/audit-recorder.js';
import { SettableClock } from '../clock/settable-clock.js';
import { Turns } from '../clock/turns.js';
import { VersionMismatchError } from '../domain/errors.js';
import type { GrantsService } from './grants.service.js';
import { SettingsService } from './settings.service.js';
import { SettingsStore, type StoredUnder } from './settings.store.js';

class MemoryStore extends SettingsStore {
  reads = 0;
  broken = false;
  stored: StoredUnder | null = null;

  async get(): Promise<StoredUnder | null> {
    this.reads++;
    if (this.broken) throw new Error('away');
    return this.stored;
  }

  list(): Promise<never[]> {
    return Promise.resolve([]);
  }

  async put(_: string, settings: object, version: number): Promise<boolean> {
    if ((this.stored?.version ?? 0) !== version) return false;
    this.stored = { settings, version: version + 1 };
    return true;
  }
}

const recorder = { record: () => Promise.resolve() } as unknown as AuditRecorder;

const grants = { ceilings: () => Promise.resolve({}) } as unknown as GrantsService;

function world() {
  const store = new MemoryStore();
  const clock = new SettableClock(0);
  return { store, clock, service: new SettingsService(store, clock, recorder, new Turns(clock), grants) };
}
const named = (name: string) => ({ calendars: { [name]: {} } });

describe('SettingsService', () => {
  it('reads once a second at the most for those who ask often', async () => {
    const { store, clock, service } = world();
    await Promise.all([service.current('acme'), service.current('acme')]);
    await clock.advance(999);
    await service.current('acme');
    expect(store.reads).toBe(1);
    await clock.advance(1);
    await service.current('acme');
    expect(store.reads).toBe(2);
  });

  it('knows at once what it has changed itself, and tells its listeners what was before', async () => {
    const { service } = world();
    const heard: unknown[] = [];
    service.onChanged(async (...change) => void heard.push(change));
    await service.current('acme');
    await service.put('acme', named('a'));
    expect(Object.keys((await service.current('acme')).calendars)).toEqual(['a']);
    expect(heard).toEqual([['acme', { calendars: {}, resources: {}, quotas: {} }]]);
  });

  it('remembers no failure to read', async () => {
    const { store, service } = world();
    store.broken = true;
    await expect(service.current('acme')).rejects.toThrow('away');
    store.broken = false;
    await expect(service.current('acme')).resolves.toEqual({ calendars: {}, resources: {}, quotas: {} });
  });

  const version = (text: string) => ({ oneOf: [text], noneOf: [] });

  it('compares versions where it is asked to', async () => {
    const { service } = world();
    await service.put('acme', {}, version('0'));
    await expect(service.put('acme', {}, version('0'))).rejects.toThrow(VersionMismatchError);
    expect((await service.put('acme', {})).version).toBe(2);
  });
});
