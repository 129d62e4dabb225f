import { Module, type DynamicModule, type FactoryProvider, type ModuleMetadata } from '@nestjs/common';
import { CallbackTokens } from './callback-tokens.js';
import { KeyRing } from './key-ring.js';
import { Sealer } from './sealer.js';
import { SecretsService } from './secrets.service.js';

/** How to get the key ring. */
export type KeyRingSource = Pick<ModuleMetadata, 'imports'> & Pick<FactoryProvider<KeyRing>, 'inject' | 'useFactory'>;

/** Seals the secrets of tasks and signs callback tokens, with the keys of one `KeyRing`. */
@Module({})
export class SecretsModule {
  static forRoot(ring: KeyRing): DynamicModule {
    return SecretsModule.forRootAsync({ useFactory: () => ring });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: KeyRingSource): DynamicModule {
    return {
      module: SecretsModule,
      imports,
      providers: [
        { provide: KeyRing, inject, useFactory },
        { provide: Sealer, inject: [KeyRing], useFactory: (ring: KeyRing) => new Sealer(ring) },
        SecretsService,
        CallbackTokens,
      ],
      exports: [KeyRing, SecretsService, CallbackTokens],
    };
  }
}
