import type { ReactNode } from 'react';
import { Section } from '../../ui/parts.tsx';
import { typeOf, useField } from '../../forms/editing.ts';
import { ChoiceField, JsonField, LengthField, TextField } from '../../forms/fields.tsx';

const STARTS: Record<string, Record<string, unknown>> = {
  http: { type: 'http', method: 'POST', url: '' },
  handler: { type: 'handler', name: '' },
  event: { type: 'event', event: '' },
  noop: { type: 'noop' },
  'test-flow': { type: 'test-flow', flowId: '' },
};
const NAMES: Record<string, string> = {
  http: 'HTTP: send a request',
  handler: 'Handler: call a function of the application',
  event: 'Event: publish one',
  noop: 'Noop: do nothing',
  'test-flow': 'Test flow',
};
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].map((each) => [each, each] as const);

/** What a run does. */
export function ActionCard(): ReactNode {
  const { value, set } = useField('/action');
  const type = typeOf(value);
  return (
    <Section title="Action">
      <select
        aria-label="Type of the action"
        value={type}
        data-pointer="/action/type"
        onChange={(event) => set(STARTS[event.target.value])}
      >
        {STARTS[type] === undefined && <option value={type}>{type}</option>}
        {Object.keys(STARTS).map((each) => (
          <option key={each} value={each}>
            {NAMES[each]}
          </option>
        ))}
      </select>
      <Parts type={type} />
      <JsonField pointer="/parameters" label="Parameters of each run" hint="A JSON object; empty for none." />
    </Section>
  );
}

function Parts({ type }: { type: string }): ReactNode {
  switch (type) {
    case 'http':
      return (
        <>
          <div className="pair">
            <ChoiceField pointer="/action/method" label="Method" choices={METHODS} byDefault="POST" />
            <TextField pointer="/action/url" label="URL" isNeeded />
          </div>
          <JsonField pointer="/action/body" label="Body" hint="Its texts may have {{templates}}." />
          <p className="muted">
            Headers, authorization, certificates, signature and expectations stand in the JSON tab.
          </p>
        </>
      );
    case 'handler':
      return <TextField pointer="/action/name" label="Name of the handler" isNeeded />;
    case 'event':
      return (
        <>
          <TextField pointer="/action/event" label="Type of the event" isNeeded />
          <JsonField pointer="/action/data" label="Its data" />
        </>
      );
    case 'noop':
      return <LengthField pointer="/action/durationMs" label="Takes" />;
    case 'test-flow':
      return <TextField pointer="/action/flowId" label="Id of the flow" isNeeded />;
    default:
      return <JsonField pointer="/action" label="The action as JSON" rows={6} />;
  }
}
