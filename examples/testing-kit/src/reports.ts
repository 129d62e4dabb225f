import { Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { TaskHandler, TaskRunnerModule, TaskScheduler, type HandlerContext } from 'scheduled-task-runner';

/** Sends what has been written. */
@Injectable()
export class Mailer {
  send(_subject: string): Promise<void> {
    return Promise.reject(new Error('There is no mail server in this example.'));
  }
}

@Injectable()
export class Reports implements OnApplicationBootstrap {
  constructor(
    private readonly scheduler: TaskScheduler,
    private readonly mailer: Mailer,
  ) {}

  /** At five in the afternoon of the last business day of each month, and again every hour while the mail fails. */
  async onApplicationBootstrap(): Promise<void> {
    const rule = 'DTSTART;TZID=Europe/Berlin:20260101T170000\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1';
    await this.scheduler.schedule(
      {
        name: 'monthly report',
        triggers: [{ type: 'rrule', rule }],
        action: { type: 'handler', name: 'monthly-report' },
        retry: { maxAttempts: 5, backoff: 'fixed', baseDelayMs: 3_600_000, maxDelayMs: 3_600_000, jitter: 0 },
      },
      { key: 'monthly-report' },
    );
  }

  @TaskHandler('monthly-report')
  async send({ scheduledFor }: HandlerContext): Promise<void> {
    await this.mailer.send(`Report of ${scheduledFor.toISOString().slice(0, 7)}`);
  }
}

@Module({
  imports: [TaskRunnerModule.forRoot({ storeUrl: 'file:./data/tasks.db' })],
  providers: [Reports, Mailer],
})
export class AppModule {}
