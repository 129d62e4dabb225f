import { ContextIdFactory, MetadataScanner, ModuleRef, type ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';

type Method = (...parts: unknown[]) => unknown;
type Methods = Record<string, Method>;

/** A method of a provider or controller, on which a decorator may have left metadata. */
export interface ProviderMethod {
  method: Method;
  /** Where it is declared, for messages, as in `Reports.build`. */
  source: string;
  /**
   * Calls the method of the provider: of its only instance, or of one that is made for the call, in a context of its own,
   * where the provider or something that it needs is not a singleton. The input is what it gets for `REQUEST`.
   */
  call: (input: object) => unknown;
}

/**
 * The methods of all providers and controllers of the application, also inherited ones: providers first. A class that
 * stands in several modules is one: the instance of the first module is called.
 */
export function* providerMethods(modules: ModulesContainer): Generator<ProviderMethod> {
  const scanner = new MetadataScanner();
  const seen = new Set<object>();
  for (const wrapper of wrappersOf(modules)) {
    const prototype = prototypeOf(wrapper);
    if (!prototype || seen.has(prototype)) continue;
    seen.add(prototype);
    for (const name of scanner.getAllMethodNames(prototype)) {
      const method = (prototype as Methods)[name]!;
      yield { method, source: `${prototype.constructor.name}.${name}`, call: callerOf(wrapper, name) };
    }
  }
}

function wrappersOf(container: ModulesContainer): InstanceWrapper[] {
  const modules = [...container.values()];
  return [
    ...modules.flatMap(({ providers }) => [...providers.values()]),
    ...modules.flatMap(({ controllers }) => [...controllers.values()]),
  ];
}

/** The prototype of a provider's instances: of its class, or of the instance that the application made. */
function prototypeOf(wrapper: InstanceWrapper): object | null {
  const { instance, metatype } = wrapper as { instance: unknown; metatype: unknown };
  const isMadeByNest = typeof metatype === 'function' && !wrapper.isNotMetatype && !wrapper.inject;
  if (isMadeByNest) return (metatype.prototype as object | undefined) ?? null;
  return typeof instance === 'object' && instance !== null ? (Object.getPrototypeOf(instance) as object | null) : null;
}

function callerOf(wrapper: InstanceWrapper, method: string): ProviderMethod['call'] {
  if (wrapper.isDependencyTreeStatic() && !wrapper.isTransient) {
    return (input) => (wrapper.instance as Methods)[method]!(input);
  }
  const modules = wrapper.host!.getProviderByKey<ModuleRef>(ModuleRef).instance;
  return async (input) => {
    const id = ContextIdFactory.create();
    modules.registerRequestByContextId(input, id);
    const instance = await modules.resolve<Methods>(wrapper.token, id);
    return instance[method]!(input);
  };
}
