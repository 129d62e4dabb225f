import type { CronTrigger } from '../../domain/trigger.js';
import { CRONTAB_NICKNAMES, PACKAGE_NICKNAMES } from '../../triggers/cron/nicknames.js';
import { NotCarriedOver } from '../reading.js';
import { DAY, HOUR, listOf, MINUTE, MONTH, SECOND, weekday } from './field.js';

const FIELDS = [SECOND, MINUTE, HOUR, DAY, MONTH, weekday(7)];
const NICKNAMES = new Map([...CRONTAB_NICKNAMES, ...PACKAGE_NICKNAMES]);

/**
 * The trigger of an expression as the npm package cron reads it, which @nestjs/schedule uses: what a field holds counts,
 * not how it is written, so each becomes a list. @throws NotCarriedOver
 */
export function cronPackageTrigger(expression: string, timeZone: string): CronTrigger {
  const fields = (NICKNAMES.get(expression.trim().toLowerCase()) ?? expression.trim()).split(/\s+/);
  const all = fields.length === FIELDS.length - 1 ? ['0', ...fields] : fields;
  if (all.length !== FIELDS.length) {
    throw new NotCarriedOver(`has the expression ${JSON.stringify(expression)}, which its own library does not read`);
  }
  const written = all.map((text, index) => listOf(text, FIELDS[index]!));
  return { type: 'cron', expression: written.join(' '), timeZone };
}
