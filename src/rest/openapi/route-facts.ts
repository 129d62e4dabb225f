import type { INestApplication } from '@nestjs/common';
import { ModulesContainer, Reflector } from '@nestjs/core';
import { Requires, RequiresInstallation } from '../../auth/permissions.js';
import type { Role } from '../../auth/roles.js';
import { ChangesNothing } from '../idempotency/changes-nothing.js';

/** What a route's decorators say about it. */
export interface RouteFacts {
  role?: Role;
  /** Whether the route is for the operators of the installation. */
  installation: boolean;
  changesNothing: boolean;
}

/** The facts of the application's routes, by the id that `name` gives to controller and method. */
export function factsByOperation(
  app: INestApplication,
  name: (controller: string, method: string) => string,
): Map<string, RouteFacts> {
  const reflector = new Reflector();
  const facts = new Map<string, RouteFacts>();
  for (const { controllers } of app.get(ModulesContainer, { strict: false }).values()) {
    for (const { metatype } of controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as Record<string, () => unknown>;
      for (const method of Object.getOwnPropertyNames(prototype)) {
        const role: Role | undefined = reflector.get(Requires, prototype[method]!);
        const installation = reflector.get(RequiresInstallation, prototype[method]!) === true;
        const changesNothing = reflector.get(ChangesNothing, prototype[method]!) === true;
        facts.set(name(metatype.name, method), { ...(role !== undefined && { role }), installation, changesNothing });
      }
    }
  }
  return facts;
}
