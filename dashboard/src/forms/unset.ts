/** What stands for no choice: it names what counts then. */
export const unsetWords = (
  choices: readonly (readonly [value: string, words: string])[],
  byDefault: string | undefined,
): string => {
  const [, words] = choices.find(([value]) => value === byDefault) ?? [];
  return words === undefined ? 'choose one' : `not set: ${words}`;
};
