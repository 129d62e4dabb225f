import { ForbiddenException, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { isObservable, lastValueFrom } from 'rxjs';

/** The guards of the host: its providers, or made with what it provides. */
export const guardsIn = (modules: ModuleRef, types: readonly Type<CanActivate>[]): Promise<CanActivate[]> =>
  Promise.all(
    types.map(async (type) => {
      try {
        return await Promise.resolve(modules.get(type, { strict: false }));
      } catch {
        return modules.create(type);
      }
    }),
  );

/** Asks one guard after the other. @throws ForbiddenException, or whatever a guard throws */
export async function demandPass(guards: readonly CanActivate[], context: ExecutionContext): Promise<void> {
  for (const guard of guards) {
    const answer = guard.canActivate(context);
    const passes = isObservable(answer) ? await lastValueFrom(answer) : await answer;
    if (!passes) throw new ForbiddenException('The application does not let this request pass.');
  }
}

/** What a guard sees of a request: it belongs to no controller of the host. */
export function contextOf(type: Type, handler: () => void, request: unknown, response: unknown): ExecutionContext {
  const args = [request, response, () => undefined];
  const context = {
    getClass: () => type,
    getHandler: () => handler,
    getArgs: () => args,
    getArgByIndex: (index: number) => args[index],
    getType: () => 'http',
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => response, getNext: () => args[2] }),
    switchToRpc: () => ({ getData: () => request, getContext: () => response }),
    switchToWs: () => ({ getClient: () => request, getData: () => response, getPattern: () => '' }),
  };
  return context as unknown as ExecutionContext;
}
