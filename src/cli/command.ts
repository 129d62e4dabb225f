import type { Command } from 'commander';
import type { Connection, ConnectionOptions } from './connection/connection.js';
import { Terminal, hasColours, type Format, type Surroundings } from './terminal/terminal.js';

/** The options of every command. */
export interface GlobalOptions extends ConnectionOptions {
  output: Format;
  color: boolean;
}

/** What a command works with. */
export interface Call {
  terminal: Terminal;
  /** What the call says about the service. */
  options: ConnectionOptions;
  /** The service; what connects is loaded only by commands that ask one. */
  service: () => Promise<Connection>;
}

/** Does a command, and resolves to its exit code; to nothing when that is 0. */
export type Work<Args extends unknown[]> = (call: Call, ...args: Args) => Promise<number | void>;

/** The command line of one call. */
export class Cli {
  /** What the command ended with. */
  code = 0;
  /** What the command ends with when it fails in any way, where it has a code of its own for that. */
  faultCode: number | null = null;

  constructor(readonly surroundings: Surroundings) {}

  /** The action of a command: `work` gets its arguments and its own options, in this order. */
  does<Args extends unknown[]>(
    work: Work<Args>,
    faultCode: number | null = null,
  ): (...args: unknown[]) => Promise<void> {
    return async (...args) => {
      this.faultCode = faultCode;
      const command = args.pop() as Command;
      const { output, color, url, tokenFile, profile } = command.optsWithGlobals<GlobalOptions>();
      const connection = { ...(url && { url }), ...(tokenFile && { tokenFile }), ...(profile && { profile }) };
      const terminal = new Terminal(this.surroundings, output, hasColours(this.surroundings, color));
      const call: Call = {
        terminal,
        options: connection,
        service: async () => (await import('./connection/connection.js')).connect(connection, terminal),
      };
      this.code = (await work(call, ...(args as Args))) ?? 0;
    };
  }
}
