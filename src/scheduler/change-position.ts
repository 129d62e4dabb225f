import { InvalidInputError } from '../domain/errors.js';

/** A place in the changes of an organization: behind this entry of its trail, and so many changes of the next one. */
export interface ChangePosition {
  sequence: number;
  part: number;
}

const FORM = /^(\d{1,15})(?:\.(\d{1,6}))?$/;

/** @throws InvalidInputError */
export function positionIn(text: string, parameter = 'after'): ChangePosition {
  const [, sequence, part = '0'] = FORM.exec(text) ?? [];
  if (sequence !== undefined) return { sequence: Number(sequence), part: Number(part) };
  throw new InvalidInputError([{ parameter, detail: 'is not the position of a change' }]);
}

export const textOf = ({ sequence, part }: ChangePosition): string =>
  part === 0 ? String(sequence) : `${sequence}.${part}`;
