import { Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { guardsWith } from '../auth/guards.js';
import { HostIdentification } from '../auth/host-identification.js';
import { Identification } from '../auth/identification.js';
import { RequestRates } from '../auth/rates/request-rates.js';

/** Guards every route by what the host application knows of the caller. */
@Module({})
export class HostAuthModule {
  /** `parts` provides the clock. */
  static forRoot(requestsPerMinute: number, parts: DynamicModule): DynamicModule {
    // The host authenticates: what fails there is not counted here.
    const rates = { requestsPerMinute, failuresPerMinute: null };
    return {
      module: HostAuthModule,
      imports: [parts, DiscoveryModule],
      providers: [{ provide: Identification, useClass: HostIdentification }, ...guardsWith(rates)],
      exports: [Identification, RequestRates],
    };
  }
}
