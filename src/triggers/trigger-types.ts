import { z } from 'zod';
import { SettingsError, type Fault } from '../domain/errors.js';
import { faultsOf } from '../domain/faults.js';
import { checkedBy } from '../domain/standard-schema.js';
import type { Trigger } from '../domain/trigger.js';
import { UnknownTriggerTypeError } from './unknown-trigger-type.error.js';
import type { TriggerType } from './trigger-type.js';
import { cronTriggerType } from './types/cron.trigger.js';
import { eventTriggerType, manualTriggerType } from './types/event.trigger.js';
import { intervalTriggerType } from './types/interval.trigger.js';
import { onceTriggerType } from './types/once.trigger.js';
import { rruleTriggerType } from './types/rrule.trigger.js';

const BUILT_IN = [
  cronTriggerType,
  intervalTriggerType,
  onceTriggerType,
  rruleTriggerType,
  eventTriggerType,
  manualTriggerType,
] as readonly unknown[] as readonly TriggerType[];

/** Built-in names have no colon, so that future ones cannot clash with those of host applications. */
const CUSTOM_NAME = /^[a-z][a-z0-9-]{0,31}:[a-z][a-z0-9-]{0,31}$/;

/** The trigger types that this instance knows: the built-in ones and those of the host application. */
export class TriggerTypes {
  private readonly types = new Map<string, TriggerType>();

  /** @throws SettingsError */
  constructor(custom: readonly TriggerType[] = []) {
    for (const type of BUILT_IN) this.types.set(type.type, type);
    for (const type of custom) this.register(type);
  }

  /** Adds a trigger type. @throws SettingsError when its name is invalid or taken */
  register(type: TriggerType): void {
    const name = JSON.stringify(type.type);
    if (!CUSTOM_NAME.test(type.type)) {
      throw new SettingsError(`triggerTypes has the name ${name}; it must be like "acme:full-moon", in lower case.`);
    }
    if (this.types.has(type.type)) throw new SettingsError(`triggerTypes has the name ${name} twice.`);
    this.types.set(type.type, type);
  }

  /** Whether the type is built in. */
  isBuiltIn(name: string): boolean {
    return !CUSTOM_NAME.test(name);
  }

  /** The types of the host application. */
  custom(): string[] {
    return [...this.types.keys()].filter((name) => !this.isBuiltIn(name));
  }

  /** All of them. */
  names(): string[] {
    return [...this.types.keys()];
  }

  knows(name: string): boolean {
    return this.types.has(name);
  }

  /** @throws UnknownTriggerTypeError */
  of({ type: name }: { type: string }): TriggerType {
    const type = this.types.get(name);
    if (!type) throw new UnknownTriggerTypeError(name);
    return type;
  }

  /** Checks a trigger by the schema of its type; faults have pointers into the trigger. */
  check(input: unknown): { trigger: Trigger } | { faults: Fault[] } {
    if (input === null || typeof input !== 'object' || Array.isArray(input)) {
      return { faults: [{ pointer: '', detail: 'must be an object' }] };
    }
    const name = (input as { type?: unknown }).type;
    const type = typeof name === 'string' ? this.types.get(name) : undefined;
    if (type) return checked(type, input);
    return { faults: [{ pointer: '/type', detail: `must be one of ${[...this.types.keys()].join(', ')}` }] };
  }
}

function checked({ type, schema }: TriggerType, input: object): { trigger: Trigger } | { faults: Fault[] } {
  if (schema instanceof z.ZodType) {
    const parsed = schema.safeParse(input);
    return parsed.success ? { trigger: asStored(type, parsed.data) } : { faults: faultsOf(parsed.error) };
  }
  const waits = () => new TypeError(`The schema of the trigger type "${type}" must not be asynchronous.`);
  const result = checkedBy(schema, input, waits);
  return 'value' in result ? { trigger: asStored(type, result.value) } : result;
}

/** A round trip through JSON: the new task then equals the task as it will be read later. */
const asStored = (type: string, value: unknown): Trigger =>
  ({ ...(JSON.parse(JSON.stringify(value)) as object), type }) as Trigger;
