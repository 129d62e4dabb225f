import { Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { TaskHandler, TaskRunnerModule, TaskScheduler, type HandlerContext } from 'scheduled-task-runner';

@Injectable()
export class Reports implements OnApplicationBootstrap {
  constructor(private readonly scheduler: TaskScheduler) {}

  /** Every replica runs this; the key makes it one task. */
  async onApplicationBootstrap(): Promise<void> {
    await this.scheduler.schedule(
      {
        name: 'report of each second',
        action: { type: 'handler', name: 'report' },
        triggers: [{ type: 'interval', everyMs: 1000 }],
      },
      { key: 'report' },
    );
  }

  @TaskHandler('report')
  report({ run }: HandlerContext): string {
    const at = run.scheduledFor.toISOString();
    console.log(`report ${at} by ${process.pid}`);
    return at;
  }
}

@Module({
  imports: [TaskRunnerModule.forRoot({ storeUrl: process.env['STORE_URL'] ?? 'file:./data/tasks.db' })],
  providers: [Reports],
})
export class AppModule {}
