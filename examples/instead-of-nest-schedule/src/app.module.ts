import { Injectable, Module } from '@nestjs/common';
// The only change. It was: import { Cron, ScheduleModule } from '@nestjs/schedule';
import { Cron, ScheduleModule } from 'scheduled-task-runner/schedule';

@Injectable()
export class Reports {
  @Cron('*/2 * * * * *', { name: 'report', timeZone: 'Europe/Paris' })
  report(): void {
    console.log(`report ${Date.now()} by ${process.pid}`);
  }
}

@Module({ imports: [ScheduleModule.forRoot()], providers: [Reports] })
export class AppModule {}
