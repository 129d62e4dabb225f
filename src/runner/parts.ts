import type { DynamicModule, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { hasHooks } from './lifecycle-hooks.js';

type Part = DynamicModule | Type;

/**
 * The providers of modules and of all that these import, as those of one module: what is imported comes first, and each
 * token once. So each runner has parts of its own, and an application's log has one line for it instead of one for each
 * module. A module with lifecycle hooks is a provider as well.
 */
export function partsOf(modules: readonly Part[]): Provider[] {
  const parts = new Map<unknown, Provider>();
  const seen = new Set<Part>();
  const collect = (part: Part): void => {
    if (seen.has(part)) return;
    seen.add(part);
    for (const each of listed(part, 'imports')) collect(each as Part);
    for (const each of listed(part, 'providers') as Provider[]) parts.set(tokenOf(each), each);
    const type = typeOf(part);
    if (hasHooks(type.prototype as object)) parts.set(type, type);
  };
  for (const each of modules) collect(each);
  return [...parts.values()];
}

/** The injection token of a provider. */
export const tokenOf = (provider: Provider): Type | symbol | string =>
  (typeof provider === 'function' ? provider : provider.provide) as Type | symbol | string;

const typeOf = (part: Part): Type => ('module' in part ? part.module : part);

/** What the decorator of the module lists, and what is added where it is imported. */
const listed = (part: Part, key: keyof ModuleMetadata): unknown[] => [
  ...((Reflect.getMetadata(key, typeOf(part)) as unknown[] | undefined) ?? []),
  ...('module' in part ? (part[key] ?? []) : []),
];
