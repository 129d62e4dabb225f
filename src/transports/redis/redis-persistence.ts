import type { RedisClient } from './redis-session.js';

/** What may make the server lose messages that it has accepted, in words; nothing where it does not tell. */
export async function persistenceFaults(client: RedisClient): Promise<string[]> {
  const [persistence, memory] = await Promise.all(
    ['persistence', 'memory'].map((section) => client.info(section).catch(() => '')),
  );
  const faults: string[] = [];
  if (valueOf(persistence!, 'aof_enabled') === '0')
    faults.push('keeps no append-only file: messages that it has accepted may be lost when it ends (appendonly yes).');
  const policy = valueOf(memory!, 'maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction')
    faults.push(`may drop streams when its memory is full (maxmemory-policy ${policy}); noeviction keeps them.`);
  return faults;
}

const valueOf = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
