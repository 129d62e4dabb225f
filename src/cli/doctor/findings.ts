import { messageOf } from '../../domain/thrown.js';
import type { Call } from '../command.js';
import { EXIT } from '../terminal/exit.js';
import { table } from '../terminal/table.js';

/** From how far apart on two clocks are told of (ms). */
export const MOST_OFFSET_MS = 2000;

/** What the doctor found about one thing. */
export interface Finding {
  what: string;
  state: 'ok' | 'warning' | 'fault';
  detail: string;
}

export const ok = (what: string, detail: string): Finding => ({ what, state: 'ok', detail });
export const warning = (what: string, detail: string): Finding => ({ what, state: 'warning', detail });
export const fault = (what: string, detail: string): Finding => ({ what, state: 'fault', detail });

/** The finding of an examination; one that fails is a fault. */
export async function found(what: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    return fault(what, messageOf(error));
  }
}

/** Shows what was found. A fault is a failure. */
export async function shown({ terminal }: Call, findings: readonly Finding[]): Promise<number> {
  await terminal.show(findings, (all) =>
    table(
      ['WHAT', 'STATE', 'DETAIL'],
      all.map(({ what, state, detail }) => [what, state === 'fault' ? 'FAULT' : state, detail]),
    ),
  );
  return findings.some(({ state }) => state === 'fault') ? EXIT.failed : EXIT.done;
}
