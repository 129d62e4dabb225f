import { join } from 'node:path';
import { Injectable, Module } from '@nestjs/common';
import { TaskHandler, TaskRunnerModule, type HandlerContext } from 'scheduled-task-runner';

/** By its path, which is the same in both kinds of modules; `new URL('./primes.js', import.meta.url)` is shorter. */
const program = join(process.cwd(), 'dist/primes.js');

@Injectable()
export class Arithmetic {
  /** Runs here; what it returns is the input of the function in the thread. */
  @TaskHandler('primes', { thread: program, heartbeatTimeoutMs: 10_000 })
  primes({ parameters }: HandlerContext): { below: number } {
    return { below: Number(parameters['below'] ?? 100) };
  }

  @TaskHandler('forever', {
    thread: { module: program, export: 'forever', resourceLimits: { maxOldGenerationSizeMb: 64 } },
  })
  forever(): void {
    // It has nothing to prepare.
  }
}

@Module({
  imports: [TaskRunnerModule.forRoot({ storeUrl: 'file:./data/tasks.db', threads: { max: 2, graceMs: 500 } })],
  providers: [Arithmetic],
})
export class AppModule {}
