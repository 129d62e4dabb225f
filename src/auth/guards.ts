import type { Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Clock } from '../clock/clock.js';
import { RuntimeSettings } from '../settings/runtime-settings.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { RequestRateGuard } from './rates/request-rate.guard.js';
import { RequestRates, type RateOptions } from './rates/request-rates.js';
import { RolesGuard } from './roles.guard.js';
import { RouteRules } from './route-rules.js';

/** The guards of every route, whoever identifies the caller. */
export const guardsWith = (rates: RateOptions): Provider[] => [
  {
    provide: RequestRates,
    inject: [Clock, RuntimeSettings],
    useFactory: (clock: Clock, runtime: RuntimeSettings) => new RequestRates(rates, clock, runtime),
  },
  // In this order: requests of a known caller count even if the caller's role does not permit them.
  { provide: APP_GUARD, useClass: AuthenticationGuard },
  { provide: APP_GUARD, useClass: RequestRateGuard },
  { provide: APP_GUARD, useClass: RolesGuard },
  RouteRules,
];
