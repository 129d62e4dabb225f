import type { ReactNode } from 'react';
import { ChoiceField, InstantField, JsonField, LengthField, TextField } from '../../forms/fields.tsx';
import { typeOf, useField } from '../../forms/editing.ts';

/** What a trigger is at first, by its type. */
const STARTS: Record<string, Record<string, unknown>> = {
  cron: { type: 'cron', expression: '0 9 * * *', timeZone: 'UTC' },
  interval: { type: 'interval', everyMs: 3_600_000 },
  once: { type: 'once' },
  rrule: { type: 'rrule', rule: 'FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17;BYMINUTE=0;BYSECOND=0', timeZone: 'UTC' },
  event: { type: 'event', event: '' },
  manual: { type: 'manual' },
};
const NAMES: Record<string, string> = {
  cron: 'Cron: at times of the calendar',
  interval: 'Interval: every so long',
  once: 'Once',
  rrule: 'RRULE: a rule of iCalendar',
  event: 'Event: when something happens',
  manual: 'Manual: by hand or by a call',
};
const EXAMPLES: readonly (readonly [expression: string, words: string])[] = [
  ['*/5 * * * *', 'every five minutes'],
  ['0 * * * *', 'each hour'],
  ['0 9 * * *', 'each day at nine'],
  ['0 9 * * 1-5', 'Monday to Friday at nine'],
  ['0 0 1 * *', 'on the first of the month'],
  ['0 18 L * *', 'on the last day of the month at six'],
  ['*/10 * * * * *', 'every ten seconds'],
];
const ZONES: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone')];

/** One trigger: its type and what belongs to it. */
export function TriggerCard({ index, isOnly }: { index: number; isOnly: boolean }): ReactNode {
  const pointer = `/triggers/${index}`;
  const { value, set } = useField(pointer);
  const type = typeOf(value);
  return (
    <fieldset className="trigger">
      <legend>Trigger {index + 1}</legend>
      <div className="trigger-head">
        <select
          aria-label={`Type of trigger ${index + 1}`}
          value={type}
          data-pointer={`${pointer}/type`}
          onChange={(event) => set(STARTS[event.target.value])}
        >
          {STARTS[type] === undefined && <option value={type}>{type}</option>}
          {Object.keys(STARTS).map((each) => (
            <option key={each} value={each}>
              {NAMES[each]}
            </option>
          ))}
        </select>
        {!isOnly && (
          <button
            type="button"
            className="quiet"
            onClick={() => set(undefined)}
            aria-label={`Remove trigger ${index + 1}`}
          >
            Remove
          </button>
        )}
      </div>
      <Parts type={type} pointer={pointer} />
    </fieldset>
  );
}

function Parts({ type, pointer }: { type: string; pointer: string }): ReactNode {
  const zone = (
    <TextField pointer={`${pointer}/timeZone`} label="Time zone" suggestions={ZONES} hint="Without one: UTC." />
  );
  switch (type) {
    case 'cron':
      return <Cron pointer={pointer}>{zone}</Cron>;
    case 'interval':
      return (
        <div className="pair">
          <LengthField pointer={`${pointer}/everyMs`} label="Every" />
          <InstantField pointer={`${pointer}/anchorAt`} label="Counted from" />
        </div>
      );
    case 'once':
      return <InstantField pointer={`${pointer}/at`} label="At" />;
    case 'rrule':
      return (
        <>
          <TextField pointer={`${pointer}/rule`} label="Rule" isNeeded />
          {zone}
        </>
      );
    case 'event':
      return (
        <>
          <TextField pointer={`${pointer}/event`} label="Type of the event" hint="order.* fits all that begin so." />
          <JsonField pointer={`${pointer}/filter`} label="Only if its data has" hint='Such as {"status": ["paid"]}.' />
        </>
      );
    case 'manual':
      return <p className="muted">Starts only when somebody or something runs it.</p>;
    default:
      return <JsonField pointer={pointer} label="The trigger as JSON" rows={6} />;
  }
}

function Cron({ pointer, children }: { pointer: string; children: ReactNode }): ReactNode {
  const { set } = useField(`${pointer}/expression`);
  return (
    <>
      <div className="pair">
        <TextField
          pointer={`${pointer}/expression`}
          label="Expression"
          isNeeded
          hint="(second) minute hour day month weekday"
        />
        {children}
      </div>
      <div className="examples" role="group" aria-label="Examples">
        {EXAMPLES.map(([expression, words]) => (
          <button type="button" className="tag" key={expression} onClick={() => set(expression)}>
            {words}
          </button>
        ))}
      </div>
      <div className="pair">
        <ChoiceField
          pointer={`${pointer}/dst/gap`}
          label="If its hour is skipped (summer time begins)"
          byDefault="next"
          choices={[
            ['next', 'at the next time that exists'],
            ['shift', 'later, by the length of what is skipped'],
            ['skip', 'not on that day'],
          ]}
        />
        <ChoiceField
          pointer={`${pointer}/dst/fold`}
          label="If its hour comes twice (summer time ends)"
          byDefault="first"
          choices={[
            ['first', 'the first time'],
            ['second', 'the second time'],
            ['both', 'both times'],
          ]}
        />
      </div>
    </>
  );
}
