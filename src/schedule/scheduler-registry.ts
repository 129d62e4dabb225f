import { Injectable } from '@nestjs/common';
import { SchedulerRegistry as UpstreamRegistry } from '@nestjs/schedule';

/**
 * The jobs of this process by name: those that decorators declare, and those that the application adds. It is the
 * registry of @nestjs/schedule, which libraries may ask for under its own class, and also says what was deleted.
 */
@Injectable()
export class SchedulerRegistry extends UpstreamRegistry {
  /** Is told of the name of each interval or timeout that was deleted. */
  onDeleted: (kind: 'interval' | 'timeout', name: string) => void = () => undefined;

  override deleteInterval(name: string): void {
    super.deleteInterval(name);
    this.onDeleted('interval', name);
  }

  override deleteTimeout(name: string): void {
    super.deleteTimeout(name);
    this.onDeleted('timeout', name);
  }
}

export { UpstreamRegistry };
