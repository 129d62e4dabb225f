import { z } from 'zod';
import { InvalidInputError, type Fault } from '../../domain/errors.js';
import { ruleMembers, type RuleEvent } from './rule.js';

/** A new rule, or a whole one. */
export const ruleSchema = z.strictObject(ruleMembers).meta({ id: 'NotificationRuleInput' });
export type RuleInput = z.output<typeof ruleSchema>;

/** A change of a rule; the members are checked once they are merged. */
export const rulePatchSchema = z.strictObject(ruleMembers).partial().meta({ id: 'NotificationRulePatch' });

/** What a recovery can follow. */
const BEGINNINGS: readonly RuleEvent[] = ['failure', 'failing', 'overdue'];

/** Faults of members that depend on each other, beside those of its channels. @throws InvalidInputError */
export function demandSoundRule({ on }: RuleInput, ofChannels: readonly Fault[]): void {
  const faults = [...ofChannels];
  if (on.includes('recovery') && !on.some((event) => BEGINNINGS.includes(event)))
    faults.push({ pointer: '/on', detail: `must have one of ${BEGINNINGS.join(', ')} beside "recovery": only what was told can be over` }); // prettier-ignore
  if (faults.length > 0) throw new InvalidInputError(faults);
}
