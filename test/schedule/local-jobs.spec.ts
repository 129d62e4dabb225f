import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Injectable, Logger, Scope, SetMetadata, type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CronJob } from 'cron';
import {
  Cron,
  CronExpression,
  Interval,
  ScheduleModule,
  SchedulerRegistry,
  Timeout,
  type ScheduleModuleOptions,
} from '../../src/schedule/index.js';

const heard: string[] = [];
const hear = (what: string, given: unknown[] = []) =>
  void heard.push(given.length > 0 ? `${what} with ${given.length}` : what);

class Base {
  @Interval('inherited', 1000)
  inherited(...given: unknown[]): void {
    hear('inherited', given);
  }
}

@Injectable()
class Jobs extends Base {
  @Cron(CronExpression.EVERY_SECOND, { name: 'second', utcOffset: 0 })
  second(...given: unknown[]): void {
    hear(
      'second',
      given.filter((each) => each !== undefined),
    );
  }

  @Cron('* * * * * *', { name: 'late', initialDelay: 2500, utcOffset: 0 })
  late(): void {
    hear('late');
  }

  @Cron('* * * * * *', { disabled: true })
  off(): void {
    hear('off');
  }

  @Timeout(1500)
  async fails(): Promise<void> {
    return Promise.reject(new Error('no good'));
  }

  /** The topmost decorator counts. */
  @Timeout('stacked', 500)
  @Interval(100)
  stacked(): void {
    hear('stacked');
  }
}

@Controller()
class Pages {
  @Timeout('page', 100)
  page(): void {
    hear('page');
  }
}

@Injectable({ scope: Scope.REQUEST })
class Scoped {
  @Cron('* * * * * *')
  never(): void {
    hear('scoped');
  }
}

let application: INestApplicationContext | undefined;
const errors: unknown[] = [];
const warnings: unknown[] = [];

async function start(options: ScheduleModuleOptions = {}, providers: unknown[] = [Jobs]): Promise<SchedulerRegistry> {
  const module = await Test.createTestingModule({
    imports: [ScheduleModule.forRoot({ cluster: false, ...options })],
    controllers: [Pages],
    providers: providers as [],
  })
    .setLogger({
      log: () => undefined,
      error: (...parts: unknown[]) => void errors.push(parts),
      warn: (...parts: unknown[]) => void warnings.push(parts),
    })
    .compile();
  application = module;
  await module.init();
  return module.get(SchedulerRegistry);
}

beforeEach(() => {
  for (const list of [heard, errors, warnings]) list.length = 0;
  jest.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
});

afterEach(async () => {
  await application?.close();
  application = undefined;
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  Logger.overrideLogger(false);
});

describe('jobs without a cluster', () => {
  it('run by the timers of the process, which fake ones may replace', async () => {
    const registry = await start();
    await jest.advanceTimersByTimeAsync(3600);
    const thrice = ['inherited', 'second'].flatMap((job) => [job, job, job]);
    expect([...heard].sort()).toEqual([...thrice, 'late', 'page', 'stacked'].sort());
    expect(errors).toEqual([[new Error('no good'), undefined, 'Scheduler']]);
    expect(registry.getCronJob('Jobs.off').isActive).toBe(false);
    registry.getCronJob('Jobs.off').start();
    await jest.advanceTimersByTimeAsync(1000);
    expect(heard).toContain('off');
  });

  it('are those that the options admit', async () => {
    const registry = await start({ cronJobs: false, timeouts: false });
    expect([registry.getCronJobs().size, registry.getTimeouts(), registry.getIntervals()]).toEqual([
      0,
      [],
      ['inherited'],
    ]);
  });

  it('are not those of providers of a request, which get a warning', async () => {
    await start({}, [Scoped]);
    expect(warnings).toEqual([
      ['Cannot register cron job "Scoped@never" because it is defined in a non static provider.', 'Scheduler'],
    ]);
  });

  it('wait for the end of the run before where the code says so', async () => {
    class Slow {
      @Cron('* * * * * *', { waitForCompletion: true })
      async slow(): Promise<void> {
        hear('begins');
        await new Promise((resolve) => setTimeout(resolve, 2500));
        hear('ends');
      }
    }
    await start({}, [Slow]);
    await jest.advanceTimersByTimeAsync(4200);
    expect(heard.filter((each) => each !== 'page')).toEqual(['begins', 'ends', 'begins']);
    await jest.advanceTimersByTimeAsync(2500);
  });

  it('are joined by those that the application adds, and forgotten at its end', async () => {
    const registry = await start({}, []);
    registry.addCronJob('own', new CronJob('* * * * * *', () => hear('own')));
    registry.getCronJob('own').start();
    expect(() => registry.addCronJob('own', new CronJob('* * * * * *', () => hear('own')))).toThrow(
      'Cron Job with the given name (own) already exists. Ignored.',
    );
    await jest.advanceTimersByTimeAsync(2000);
    expect(heard.filter((each) => each === 'own')).toHaveLength(2);
    await application!.close();
    expect(registry.getCronJobs().size).toBe(0);
  });

  it('are found by the metadata of a decorator that wraps ours, or writes it itself', async () => {
    const Daily = (name: string) => Cron('0 0 * * *', { name });
    class Wrapped {
      @Daily('wrapped')
      wrapped(): void {}

      @SetMetadata('SCHEDULE_INTERVAL_OPTIONS', { timeout: 10 })
      @SetMetadata('SCHEDULER_NAME', 'raw')
      @SetMetadata('SCHEDULER_TYPE', 3)
      raw(): void {}
    }
    const registry = await start({}, [Wrapped]);
    expect(registry.doesExist('cron', 'wrapped') && registry.doesExist('interval', 'raw')).toBe(true);
  });

  it.each([
    ['a date in the past', () => Cron(new Date(0)), 'Date in past'],
    ['a bad expression', () => Cron('* * *'), 'Too few fields'],
    ['a zone that is none', () => Cron('* * * * *', { timeZone: 'Nowhere' }), 'Invalid timezone.'],
  ])('do not start with %s', async (_, decorator, message) => {
    class Wrong {
      @decorator()
      wrong(): void {}
    }
    await expect(start({}, [Wrong])).rejects.toThrow(message);
  });

  it('do not start with options that make no sense', () => {
    expect(() => ScheduleModule.forRoot({ application: 'a b' })).toThrow('The option application of ScheduleModule');
    expect(() => ScheduleModule.forRoot({ retireAfterMs: 0 })).toThrow('The option retireAfterMs of ScheduleModule');
    expect(() => ScheduleModule.forRootAsync({})).toThrow('needs useFactory, useClass or useExisting');
  });

  it('take their options from other providers', async () => {
    class Settings {
      createScheduleOptions(): ScheduleModuleOptions {
        return { cluster: false, intervals: false };
      }
    }
    for (const options of [{ useClass: Settings }, { useFactory: () => new Settings().createScheduleOptions() }]) {
      const module = await Test.createTestingModule({
        imports: [ScheduleModule.forRootAsync(options)],
        providers: [Jobs],
      }).compile();
      module.useLogger(false);
      await module.init();
      const registry = module.get(SchedulerRegistry);
      expect([registry.getIntervals(), registry.getTimeouts().toSorted()]).toEqual([[], ['Jobs.fails', 'stacked']]);
      await module.close();
    }
  });
});
