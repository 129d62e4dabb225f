import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Rejects with the system's error when the address cannot be listened on, so that a service which nobody could reach
 * ends before it takes up work.
 */
export async function assertPortIsFree(host: string, port: number): Promise<void> {
  const probe = createServer();
  probe.listen({ host, port, exclusive: true });
  await once(probe, 'listening');
  probe.close();
  await once(probe, 'close');
}
