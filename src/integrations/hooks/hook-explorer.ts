import type { OnModuleInit } from '@nestjs/common';
import type { ModulesContainer, Reflector } from '@nestjs/core';
import { isForRunner } from '../../runner/runner-names.js';
import { providerMethods } from '../provider-methods.js';
import type { HookRegistry } from './hook-registry.js';
import { RUN_HOOK, type HookDeclaration } from './run-hook.js';

/** Finds those of the application's hooks that are for this runner, before the engine starts. */
export class HookExplorer implements OnModuleInit {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly reflector: Reflector,
    private readonly hooks: HookRegistry,
    private readonly runner: string | null,
  ) {}

  onModuleInit(): void {
    for (const { method, source, call } of providerMethods(this.modules)) {
      const declared = this.reflector.get<HookDeclaration | undefined>(RUN_HOOK, method);
      if (!declared) continue;
      const { kind, options } = declared;
      if (!isForRunner(options.runner ?? null, this.runner, this.modules, `The hook ${source}`)) continue;
      this.hooks.register(kind, call, source, options);
    }
  }
}
