import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { Public, Requires, RequiresInstallation } from './permissions.js';

/** Refuses to start when a route neither states its required role nor is public. */
@Injectable()
export class RouteRules implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const open = this.discovery
      .getControllers()
      .flatMap(({ metatype }) => (metatype ? this.withoutRule(metatype) : []));
    if (open.length > 0)
      throw new Error(`These routes have neither @Requires nor @RequiresInstallation nor @Public: ${open.join(', ')}.`);
  }

  private withoutRule(controller: Function): string[] {
    const prototype = controller.prototype as Record<string, Function>;
    return this.scanner
      .getAllMethodNames(prototype)
      .filter((name) => Reflect.hasMetadata(PATH_METADATA, prototype[name]!) && !this.hasRule(prototype[name]!))
      .map((name) => `${controller.name}.${name}`);
  }

  private hasRule(handler: Function): boolean {
    const marks = [Public, RequiresInstallation].some((mark) => this.reflector.get(mark, handler) === true);
    return marks || this.reflector.get(Requires, handler) !== undefined;
  }
}
