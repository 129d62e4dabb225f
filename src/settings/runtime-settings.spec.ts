import { describe, expect, it, jest } from '@jest/globals';
import { flattened, type InstallationSettings } from '../domain/installation-settings.js';
import { RuntimeSettings } from './runtime-settings.js';

const environment = {
  engine: { concurrency: 50, horizonMs: 60_000 },
  quotas: { tasks: 1000 },
  retention: { runsDays: 30, eventsDays: 3, auditDays: 365 },
};

function world() {
  const runtime = new RuntimeSettings(environment);
  return { runtime, store: (settings: InstallationSettings) => runtime.apply(flattened(settings)) };
}

describe('RuntimeSettings', () => {
  it('are those of the environment, and tell which of them are defaults', () => {
    const { runtime } = world();
    expect(runtime.effective()).toEqual({
      concurrency: { value: 50, origin: 'environment' },
      horizonMs: { value: 60_000, origin: 'default' },
      'quotas.tasks': { value: 1000, origin: 'environment' },
      'quotas.concurrentRuns': { value: null, origin: 'default' },
      'quotas.startsPerMinute': { value: null, origin: 'default' },
      'quotas.payloadBytes': { value: null, origin: 'default' },
      'quotas.webhookSources': { value: null, origin: 'default' },
      'retention.runsDays': { value: 30, origin: 'default' },
      'retention.eventsDays': { value: 3, origin: 'environment' },
      'retention.auditDays': { value: 365, origin: 'default' },
      'notifications.paused': { value: false, origin: 'default' },
    });
    expect([runtime.quotas, runtime.retention]).toEqual([environment.quotas, environment.retention]);
  });

  it('are those that are stored, up to what the environment allows, and as before without them', () => {
    const { runtime, store } = world();
    const changed = jest.fn();
    runtime.onChange(changed);
    store({ concurrency: 10, horizonMs: 90_000, quotas: { concurrentRuns: 5 }, retention: { runsDays: 7 } });
    expect([runtime.concurrency, runtime.horizonMs]).toEqual([10, 60_000]);
    expect(runtime.quotas).toEqual({ tasks: 1000, concurrentRuns: 5 });
    expect(runtime.retention).toEqual({ ...environment.retention, runsDays: 7 });
    expect(runtime.of('horizonMs')).toEqual({ value: 60_000, origin: 'default' });
    expect(runtime.of('concurrency')).toEqual({ value: 10, origin: 'settings' });
    store({});
    expect([runtime.concurrency, runtime.quotas, runtime.retention]).toEqual([
      50,
      environment.quotas,
      environment.retention,
    ]);
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it('are read by the engine as they are at that moment', () => {
    const { runtime, store } = world();
    const engine = runtime.inEngine({ ...environment.engine, armingMs: 1500 });
    store({ horizonMs: 1000 });
    expect(engine).toEqual({ concurrency: 50, horizonMs: 1000, armingMs: 1500 });
    expect(Object.isFrozen(engine)).toBe(true);
  });

  it('may come from the part of the program that has them', () => {
    const { runtime, store } = world();
    store({ logLevel: 'debug', rateLimitPerMinute: 7000 });
    runtime.declare('logLevel', 'info');
    runtime.declare('rateLimitPerMinute', 6000);
    expect(runtime.of('logLevel')).toEqual({ value: 'debug', origin: 'settings' });
    expect(runtime.numberOf('rateLimitPerMinute')).toBe(6000);
    expect([runtime.ceilingOf('rateLimitPerMinute'), runtime.ceilingOf('quotas.payloadBytes')]).toEqual([
      6000,
      undefined,
    ]);
  });
});
