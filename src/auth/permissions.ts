import { Reflector } from '@nestjs/core';
import type { Role } from './roles.js';

/** The role that a route requires. Every route has this, `@RequiresInstallation()` or `@Public()`; the service does not start otherwise. */
export const Requires = Reflector.createDecorator<Role>();

/** Marks a route for whoever runs the installation, whatever roles the caller has. */
export const RequiresInstallation = Reflector.createDecorator<void, true>({ transform: () => true });

/** Marks a route that answers without a token. */
export const Public = Reflector.createDecorator<void, true>({ transform: () => true });
