import type { INestApplication } from '@nestjs/common';
import { ModulesContainer, Reflector } from '@nestjs/core';
import { Requires } from '../../auth/permissions.js';
import type { Role } from '../../auth/roles.js';

/** The roles that the application's routes require, by the id that `name` gives to controller and method. */
export function rolesByOperation(
  app: INestApplication,
  name: (controller: string, method: string) => string,
): Map<string, Role> {
  const reflector = new Reflector();
  const roles = new Map<string, Role>();
  for (const { controllers } of app.get(ModulesContainer, { strict: false }).values()) {
    for (const { metatype } of controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as Record<string, () => unknown>;
      for (const method of Object.getOwnPropertyNames(prototype)) {
        const role: Role | undefined = reflector.get(Requires, prototype[method]!);
        if (role !== undefined) roles.set(name(metatype.name, method), role);
      }
    }
  }
  return roles;
}
