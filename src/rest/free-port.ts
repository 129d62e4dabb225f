import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Rejects with the system's error when nothing can listen on the address, so that a service that nobody could reach
 * ends before it takes up work.
 */
export async function assertPortIsFree(host: string, port: number): Promise<void> {
  const probe = createServer();
  probe.listen({ host, port, exclusive: true });
  await once(probe, 'listening');
  probe.close();
  await once(probe, 'close');
}
