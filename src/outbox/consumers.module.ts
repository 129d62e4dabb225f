import { Module } from '@nestjs/common';
import { Consumers } from './consumers.js';

/** Where consumers say that they are there. */
@Module({ providers: [Consumers], exports: [Consumers] })
export class ConsumersModule {}
