import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Publishing } from './publishing.js';
import { Subscriptions } from './subscriptions.js';
import { Transports } from './transports.js';

/** Has the brokers ready before anything is told to them: the engine starts after this hook. */
@Injectable()
export class TransportsLifecycle implements OnModuleInit {
  constructor(
    private readonly transports: Transports,
    private readonly publishing: Publishing,
    private readonly subscriptions: Subscriptions,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.transports.load();
    this.publishing.begin();
    this.transports.start();
  }

  /** To be called when the engine works. */
  begin(): void {
    this.subscriptions.start();
  }

  /** To be called before anything else stops: nothing more comes in. */
  end(): Promise<void> {
    return this.subscriptions.stop();
  }

  /** To be called when the engine has stopped. */
  stop(): Promise<void> {
    return this.transports.stop();
  }
}
