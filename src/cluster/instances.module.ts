import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { InstanceRegistry } from './instance-registry.js';

/** Publishes this instance's entry to the other instances. */
@Module({})
export class InstancesModule {
  /** `imports` must contain the engine's module, which takes the lock before this module publishes the entry. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return { module: InstancesModule, imports, providers: [InstanceRegistry], exports: [InstanceRegistry] };
  }
}
