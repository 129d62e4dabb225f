import type { ThreadContext } from 'scheduled-task-runner';

/** How many primes there are below a number. Nothing else can happen in its thread meanwhile. */
export default function primes({ below }: { below: number }, { log, heartbeat }: ThreadContext): number {
  const composite = new Uint8Array(below);
  let count = 0;
  for (let n = 2; n < below; n++) {
    if (n % 1000 === 0) heartbeat();
    if (composite[n]) continue;
    count++;
    for (let multiple = n * n; multiple < below; multiple += n) composite[multiple] = 1;
  }
  log('info', `${count} primes below ${below}`);
  return count;
}

/** Never ends, and never listens. */
export function forever(): void {
  for (;;);
}
