import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Claim } from '../../src/domain/claim.js';

/** What one process got when several asked for the same. */
export interface Outcome {
  /** The tasks whose runs the process opened. */
  opened: string[];
  /** The locks that the process holds. */
  held: string[];
}

/** Another process on the same store. */
export interface Contender {
  contend(claims: Claim[], keys: string[]): Promise<Outcome>;
  stop(): Promise<void>;
}

const SCRIPT = join(process.cwd(), 'test', 'conformance', 'contender.mjs');

/** Starts a process that opens the store `url` with the built code, and resolves once it is connected. */
export async function startContender(url: string, owner: string): Promise<Contender> {
  const child = fork(SCRIPT, [url, owner], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const answer = <Answer>(): Promise<Answer> =>
    Promise.race([
      once(child, 'message').then(([message]) => message as Answer),
      exited.then(([code]) => Promise.reject(new Error(`${owner} ended with the code ${String(code)}`))),
    ]);
  await answer();
  return {
    contend: (claims, keys) => {
      child.send({ claims, keys });
      return answer();
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
