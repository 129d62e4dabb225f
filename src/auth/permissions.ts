import { Reflector } from '@nestjs/core';
import type { Role } from './roles.js';

/**
 * The role that a route requires. Every route must have this, `@RequiresInstallation()` or `@Public()`; otherwise the
 * service does not start.
 */
export const Requires = Reflector.createDecorator<Role>();

/** Marks a route for the operator of the installation, whatever the caller's roles. */
export const RequiresInstallation = Reflector.createDecorator<void, true>({ transform: () => true });

/** Beside `@Requires`: lets the operator of the installation pass as well, whatever the caller's roles. */
export const OrInstallation = Reflector.createDecorator<void, true>({ transform: () => true });

/** Marks a route that answers without a token. */
export const Public = Reflector.createDecorator<void, true>({ transform: () => true });
