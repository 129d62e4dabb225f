import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SystemClock } from '../clock/system-clock.js';
import { Readiness } from '../observability/readiness.js';
import { RunnerLifecycle } from '../runner/runner-lifecycle.js';
import type { Settings } from '../settings/settings.js';
import { ChangeStreams } from './changes/change-streams.js';
import { connectionsOf } from './http/connections.js';

/** How long the end may take beside draining and grace (ms). */
const BESIDE_MS = 1500;

type Times = Pick<Settings, 'drainMs'> & { engine: Pick<Settings['engine'], 'shutdownGraceMs'> };

const clock = new SystemClock();

/** Ends the process at the latest after the times for draining and grace, whatever holds up its end. */
export function endInTime({ drainMs, engine }: Times): void {
  clock.after(drainMs + engine.shutdownGraceMs + BESIDE_MS, () => process.exit(1));
}

/**
 * Ends a service that serves: first it says that it is not ready and goes on serving, so that balancers look elsewhere;
 * then it stops taking up work, finishes its runs or hands them back, closes its connections and ends the process.
 */
export async function endService(app: NestFastifyApplication, times: Times): Promise<void> {
  endInTime(times);
  app.get(Readiness, { strict: false }).leave();
  connectionsOf(app.getHttpServer()).endWithNextAnswers();
  app.get(ChangeStreams, { strict: false }).leave();
  if (times.drainMs > 0) {
    app.get(RunnerLifecycle, { strict: false }).tellDraining(times.drainMs);
    await clock.sleep(times.drainMs);
  }
  await app.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
}
