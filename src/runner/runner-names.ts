import type { ModulesContainer } from '@nestjs/core';
import { SettingsError } from '../domain/errors.js';

/** The injection token of the name of a runner; null for the one without a name. */
export const RUNNER_NAME = Symbol('RUNNER_NAME');

const NAME = /^[A-Za-z0-9._-]{1,40}$/;

/** Checks the name that an application gives to a runner. @throws SettingsError */
export function demandRunnerName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new SettingsError('The name of a runner must be 1 to 40 letters, digits, ".", "_" or "-".');
  }
}

/** The runner as messages name it. */
export const runnerInWords = (name: string | null): string =>
  name === null ? 'the runner without a name' : `the runner ${JSON.stringify(name)}`;

/** The names of all runners of the application, each as often as there are runners of that name. */
export const runnerNames = (modules: ModulesContainer): (string | null)[] =>
  [...modules.values()].flatMap((module) => {
    const named = module.getProviderByKey<string | null>(RUNNER_NAME);
    return named === undefined ? [] : [named.instance];
  });

/** Refuses two runners of one name: nobody could tell which of them a scheduler or a handler means. */
export function demandOneOfName(name: string | null, modules: ModulesContainer): void {
  if (runnerNames(modules).filter((other) => other === name).length < 2) return;
  throw new SettingsError(
    `TaskRunnerModule is set up twice for ${runnerInWords(name)}: give each a name of its own, as in forRoot({ name: 'reports' }).`,
  );
}

/**
 * Whether what an application declares for the runner `asked` is for the runner `own`. `what` names it in the message.
 * @throws SettingsError when the application has no runner of that name
 */
export function isForRunner(
  asked: string | null,
  own: string | null,
  modules: ModulesContainer,
  what: string,
): boolean {
  if (asked === own) return true;
  const runners = runnerNames(modules);
  if (runners.includes(asked)) return false;
  throw new SettingsError(
    `${what} is for ${runnerInWords(asked)}, which the application does not have; it has ${runners.map(runnerInWords).join(' and ')}.`,
  );
}
