import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { BacklogWatch } from './backlog-watch.js';
import { ClockWatch } from './clock-watch.js';
import { OperatorLog } from './operator-log.js';

/** What operators are told of in the log, in the service as in a host application. */
@Module({})
export class OperatorLogModule {
  /** `imports` must contain the modules that export the engine's services and the housekeeping. */
  static forRoot(...imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return { module: OperatorLogModule, imports, providers: [BacklogWatch, ClockWatch, OperatorLog] };
  }
}
