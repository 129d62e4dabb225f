import { readFile } from 'node:fs/promises';
import { setTimeout as reallySleep } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { Clock, TaskHandler, TaskScheduler, type HandlerContext, type TaskInput } from '../../src/index.js';

/** Text that a handler gets from elsewhere. */
@Injectable()
export class Texts {
  async read(): Promise<string> {
    await reallySleep(20);
    return (await readFile(new URL('../../package.json', import.meta.url), 'utf8')).slice(0, 1);
  }
}

/** Handlers of all kinds, and what they noted: name, nominal time, and when they ended by the runner's clock. */
@Injectable()
export class Work {
  readonly notes: string[] = [];
  failures = 0;

  constructor(
    private readonly clock: Clock,
    private readonly texts: Texts,
  ) {}

  @TaskHandler('plain')
  plain({ scheduledFor, log }: HandlerContext): { done: boolean } {
    log('info', 'it is done');
    this.note('plain', scheduledFor);
    return { done: true };
  }

  @TaskHandler('reading')
  async reading({ scheduledFor }: HandlerContext): Promise<string> {
    const text = await this.texts.read();
    this.note('reading', scheduledFor);
    return text;
  }

  @TaskHandler('sleeping')
  async sleeping({ scheduledFor, parameters, signal }: HandlerContext): Promise<void> {
    await this.clock.sleep(Number(parameters['ms'] ?? 1000), signal);
    this.note('sleeping', scheduledFor);
  }

  /** It knows the time from elsewhere. */
  @TaskHandler('timing')
  async timing(): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, 5000));
    return new Date().toISOString();
  }

  @TaskHandler('failing')
  failing({ attempt, scheduledFor }: HandlerContext): void {
    this.note(`attempt ${attempt}`, scheduledFor);
    if (attempt <= this.failures) throw new Error('not yet');
  }

  @TaskHandler('hanging')
  hanging(): Promise<void> {
    return new Promise(() => undefined);
  }

  private note(what: string, scheduledFor: Date): void {
    this.notes.push(`${what} ${scheduledFor.toISOString()} ${new Date(this.clock.now()).toISOString()}`);
  }
}

/** As a module of an application that imports the runner elsewhere. */
@Module({ providers: [Work, Texts] })
export class WorkModule {}

/** A task with that handler. */
export const taskOf = (handler: string, task: Partial<TaskInput> = {}): TaskInput => ({
  name: `the ${handler} one`,
  triggers: [{ type: 'manual' }],
  action: { type: 'handler', name: handler },
  ...task,
});

export const cron = (expression: string, timeZone = 'UTC'): TaskInput['triggers'] => [
  { type: 'cron', expression, timeZone },
];

export { TaskScheduler };
