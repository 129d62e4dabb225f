import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { InstanceRegistry } from './instance-registry.js';

/** The instances on one store, and what they know of each other. */
@Module({})
export class ClusterModule {
  /** `imports` must hold the module that exports the engine's lock and places, which starts before this one. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return { module: ClusterModule, imports, providers: [InstanceRegistry], exports: [InstanceRegistry] };
  }
}
