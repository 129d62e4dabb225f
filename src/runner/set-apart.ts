import type { FactoryProvider, InjectionToken, OptionalFactoryDependency, Provider, Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { tokenOf } from './parts.js';

type Dependency = InjectionToken | OptionalFactoryDependency;
type Tokens = ReadonlyMap<InjectionToken, InjectionToken>;

/** Finds the parts of one runner by their classes. */
export abstract class RunnerParts {
  /** What can be looked up. */
  abstract readonly tokens: readonly InjectionToken[];
  abstract get<Part>(token: InjectionToken<Part>): Part;
}

/**
 * The same providers under tokens of their own: where an application has several runners, `app.get(TaskScheduler)`, which
 * looks everywhere, must not find the one of another runner. `kept` are the tokens that stay.
 */
export function setApart(providers: readonly Provider[], name: string, kept: readonly InjectionToken[]): Provider[] {
  const tokens: Tokens = new Map<InjectionToken, InjectionToken>([
    ...providers
      .map(tokenOf)
      .filter((token) => typeof token !== 'string' && !kept.includes(token))
      .map((token) => [token, tokenApart(token, name)] as const),
    // Who looks a part up by its class finds that of its own runner.
    [ModuleRef, RunnerParts],
  ]);
  return [...providers.map((provider) => moved(provider, tokens)), lookup(tokens)];
}

const apart = new Map<string, Map<InjectionToken, symbol>>();

/** The token of a part of the runner of this name; without a name, the part's own. */
export function tokenApart(token: InjectionToken, name: string | undefined): InjectionToken {
  if (name === undefined) return token;
  const ofRunner = apart.get(name) ?? new Map<InjectionToken, symbol>();
  apart.set(name, ofRunner);
  const known = ofRunner.get(token) ?? Symbol(`${typeof token === 'function' ? token.name : String(token)} of ${name}`);
  ofRunner.set(token, known);
  return known;
}

/** The names of all runners that were set up in this process, and `undefined` for the one without a name. */
export const runnersApart = (): (string | undefined)[] => [undefined, ...apart.keys()];

/** The same providers, and the lookup of them, where they stand under their classes. */
export const withLookup = (providers: readonly Provider[]): Provider[] => [
  ...providers,
  lookup(new Map(providers.map((provider) => [tokenOf(provider), tokenOf(provider)]))),
];

const lookup = (tokens: Tokens): FactoryProvider<RunnerParts> => ({
  provide: RunnerParts,
  inject: [ModuleRef],
  useFactory: (modules: ModuleRef): RunnerParts => ({
    tokens: [...tokens.keys()].filter((token) => token !== ModuleRef),
    get: <Part>(token: InjectionToken<Part>) => modules.get<Part>((tokens.get(token) ?? token) as string),
  }),
});

function moved(provider: Provider, tokens: Tokens): Provider {
  const provide = tokens.get(tokenOf(provider)) ?? tokenOf(provider);
  if (typeof provider === 'function') return made(provide, provider, tokens);
  if ('useClass' in provider) return made(provide, provider.useClass, tokens);
  if ('useFactory' in provider) {
    return { ...provider, provide, inject: (provider.inject ?? []).map((each) => under(each, tokens)) };
  }
  if ('useExisting' in provider) return { provide, useExisting: under(provider.useExisting as InjectionToken, tokens) };
  return { ...provider, provide };
}

/** The class, made by a factory that gets what the class needs. */
const made = (provide: InjectionToken, type: Type, tokens: Tokens): FactoryProvider => ({
  provide,
  inject: neededBy(type).map((each) => under(each, tokens)),
  useFactory: (...parts: unknown[]) => new type(...parts) as unknown,
});

const under = (dependency: Dependency, tokens: Tokens): InjectionToken =>
  tokens.get(dependency as InjectionToken) ?? (dependency as InjectionToken);

/** The tokens of the constructor's parameters, by their types and their `@Inject`. */
function neededBy(type: Type): InjectionToken[] {
  const needed = [...((Reflect.getMetadata('design:paramtypes', type) as InjectionToken[] | undefined) ?? [])];
  const declared = Reflect.getMetadata('self:paramtypes', type) as
    { index: number; param: InjectionToken }[] | undefined;
  for (const { index, param } of declared ?? []) needed[index] = param;
  return needed;
}
