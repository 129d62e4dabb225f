import { z } from 'zod';
import { SettingsError, type Fault } from '../domain/errors.js';
import { faultsOf, pointerOf } from '../domain/faults.js';
import type { Trigger } from '../domain/trigger.js';
import { UnknownTriggerTypeError } from './unknown-trigger-type.error.js';
import type { CheckedTrigger, TriggerType } from './trigger-type.js';
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

/** Names of built-in types have no colon, so that one that is added later meets no name of a host application. */
const CUSTOM_NAME = /^[a-z][a-z0-9-]{0,31}:[a-z][a-z0-9-]{0,31}$/;

/** The kinds of trigger that this instance knows: the built-in ones, and those of the host application. */
export class TriggerTypes {
  private readonly types = new Map<string, TriggerType>();

  /** @throws SettingsError */
  constructor(custom: readonly TriggerType[] = []) {
    for (const type of BUILT_IN) this.types.set(type.type, type);
    for (const type of custom) this.register(type);
  }

  /** Adds a kind of trigger. @throws SettingsError when its name will not do or is taken */
  register(type: TriggerType): void {
    const name = JSON.stringify(type.type);
    if (!CUSTOM_NAME.test(type.type)) {
      throw new SettingsError(`triggerTypes has the name ${name}; it must be like "acme:full-moon", in lower case.`);
    }
    if (this.types.has(type.type)) throw new SettingsError(`triggerTypes has the name ${name} twice.`);
    this.types.set(type.type, type);
  }

  /** Whether the type is the runner's own. */
  isBuiltIn(name: string): boolean {
    return !CUSTOM_NAME.test(name);
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

  /** A trigger checked by the schema of its type, or what is wrong with it, with pointers into it. */
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
  const result: CheckedTrigger<unknown> | Promise<unknown> = schema['~standard'].validate(input);
  if (result instanceof Promise)
    throw new TypeError(`The schema of the trigger type "${type}" must not be asynchronous.`);
  if (!result.issues) return { trigger: asStored(type, result.value) };
  return {
    faults: result.issues.map(({ path = [], message }) => ({ pointer: pointerOf(path.map(keyOf)), detail: message })),
  };
}

/** What a schema returns is stored as JSON; the task that has just been created is as it will be read again. */
const asStored = (type: string, value: unknown): Trigger =>
  ({ ...(JSON.parse(JSON.stringify(value)) as object), type }) as Trigger;

const keyOf = (part: PropertyKey | { readonly key: PropertyKey }): PropertyKey =>
  typeof part === 'object' ? part.key : part;
