import type { ReactNode } from 'react';
import { Section } from '../../ui/parts.tsx';
import {
  ChoiceField,
  InstantField,
  JsonField,
  LengthField,
  NamesField,
  NumberField,
  TextField,
} from '../../forms/fields.tsx';

/** What the task is called, and where it belongs. */
export const Basics = (): ReactNode => (
  <Section title="Task">
    <TextField pointer="/name" label="Name" isNeeded />
    <TextField pointer="/description" label="What it is for" />
    <div className="pair">
      <NamesField pointer="/tags" label="Tags" hint="With commas between them." />
      <TextField pointer="/queue" label="Queue" hint="Without one: default." />
      <NumberField pointer="/priority" label="Priority" hint="0 to 9; greater starts first. Empty: 5." />
    </div>
  </Section>
);

/** What happens when something does not go as planned. Nothing of it has to be set. */
export const Policies = (): ReactNode => (
  <>
    <Section title="When something goes wrong">
      <div className="pair">
        <ChoiceField
          pointer="/overlap"
          byDefault="skip"
          label="If one is still running"
          choices={[
            ['skip', 'the new one is skipped'],
            ['queue', 'the new one waits'],
            ['allow', 'both run'],
            ['replace', 'the old one is cancelled'],
          ]}
        />
        <ChoiceField
          pointer="/misfire/policy"
          byDefault="fire-once"
          label="If starts were missed"
          hint="For example while no instance was up."
          choices={[
            ['fire-once', 'one run for all of them'],
            ['fire-all', 'one run for each of them'],
            ['skip', 'none of them runs'],
          ]}
        />
        <ChoiceField
          pointer="/onCrash"
          byDefault="retry"
          label="If its instance crashes"
          choices={[
            ['retry', 'it runs again'],
            ['fail', 'it fails'],
          ]}
        />
        <NumberField pointer="/retry/maxAttempts" label="Attempts at most" hint="1 is no other attempt. Empty: 3." />
        <ChoiceField
          pointer="/retry/backoff"
          byDefault="exponential"
          label="Pauses between attempts"
          choices={[
            ['exponential', 'each twice as long'],
            ['linear', 'each longer by the first'],
            ['fixed', 'all alike'],
          ]}
        />
        <LengthField pointer="/retry/baseDelayMs" label="The first pause" hint="Empty: 1 s." />
        <LengthField pointer="/timeoutMs" label="Each attempt takes at most" hint="Empty: 1 min." />
        <NumberField
          pointer="/pauseAfterFailures"
          label="Pause the task after this many failures in a row"
          hint="Empty: never."
        />
      </div>
    </Section>
    <Section title="Limits">
      <div className="pair">
        <InstantField pointer="/startAt" label="Not before" />
        <InstantField pointer="/endAt" label="Not after" />
        <NumberField pointer="/maxRuns" label="Runs in all, at most" hint="Empty: no limit." />
        <LengthField
          pointer="/spreadMs"
          label="Spread starts over"
          hint="So that not all start in one second. Empty: they start on time."
        />
        <JsonField
          pointer="/calendars"
          label="Calendars"
          rows={2}
          hint='Such as ["holidays"]: their days are left out.'
        />
        <JsonField pointer="/resources" label="Places of pools" rows={2} hint='Such as {"database": 1}.' />
      </div>
    </Section>
  </>
);
