import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { HandlerRegistry, type TaskHandlerFunction } from './integrations/handler/handler-registry.js';
import { TASK_HANDLER } from './task-handler.js';

/** Finds the application's `@TaskHandler` methods before the engine starts. */
@Injectable()
export class TaskHandlerExplorer implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly handlers: HandlerRegistry,
  ) {}

  onModuleInit(): void {
    for (const { instance } of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      if (instance !== null && typeof instance === 'object') this.register(instance as Record<string, unknown>);
    }
  }

  private register(instance: Record<string, unknown>): void {
    const prototype = Object.getPrototypeOf(instance) as object | null;
    if (!prototype) return;
    for (const method of this.scanner.getAllMethodNames(prototype)) {
      const handler = instance[method] as TaskHandlerFunction;
      const name = this.reflector.get<string | undefined>(TASK_HANDLER, handler);
      if (name !== undefined) this.handlers.register(name, (context) => handler.call(instance, context));
    }
  }
}
