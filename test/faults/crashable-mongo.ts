import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A MongoDB server that tests may crash, through the program named by `MONGODB_SWITCH`: `up` starts it with what is on
 * its disk and prints its address; `crash` ends it as a power cut would; `down` stops it.
 */
export class CrashableMongo {
  private constructor(
    private readonly program: string,
    readonly uri: string,
  ) {}

  static async start(program: string): Promise<CrashableMongo> {
    const { stdout } = await run(program, ['up']);
    return new CrashableMongo(program, stdout.trim());
  }

  async crash(): Promise<void> {
    await run(this.program, ['crash']);
  }

  async startAgain(): Promise<void> {
    await run(this.program, ['up']);
  }

  async stop(): Promise<void> {
    await run(this.program, ['down']);
  }
}
