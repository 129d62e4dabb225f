import { useInfiniteQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useActs, useMay } from '../../acts/use-acts.ts';
import { api, got, type Schemas } from '../../api/client.ts';
import { rulesQuery } from '../../api/queries.ts';
import { LengthField, NamesField, NumberField, SetField, TextField } from '../../forms/fields.tsx';
import { patchOf } from '../../forms/draft.ts';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { Removal } from '../../ui/removal.tsx';
import { itemsOf } from '../../ui/paged.tsx';
import { Empty, Fault, Section } from '../../ui/parts.tsx';
import { Foreign } from '../../ui/text.tsx';
import { tell } from '../../ui/toasts.tsx';
import { KINDS, ruleWords } from './words.ts';

type Rule = Schemas['NotificationRuleResponse'];
type Channel = Schemas['NotificationChannelResponse'];

interface Props {
  nameOf: (channel: string) => string;
  channels: readonly Channel[];
}

/** What is told to whom. */
export function Rules({ nameOf, channels }: Props): ReactNode {
  const rules = useInfiniteQuery(rulesQuery);
  const mayEdit = useMay('editor');
  const [isCreating, setCreating] = useState(false);
  const items = itemsOf(rules.data);
  return (
    <Section
      title="Rules"
      aside={
        mayEdit &&
        channels.length > 0 && (
          <button type="button" onClick={() => setCreating(true)}>
            New rule
          </button>
        )
      }
    >
      {rules.error && <Fault error={rules.error} />}
      {rules.data && items.length === 0 && <Empty>No rule: channels are told nothing.</Empty>}
      <ul className="plain lines">
        {items.map((each) => (
          <OneRule key={each.id} rule={each} nameOf={nameOf} mayEdit={mayEdit} channels={channels} />
        ))}
      </ul>
      {isCreating && (
        <FormDialog
          title="New rule"
          start={{
            name: '',
            on: ['failing', 'recovery', 'overdue'],
            channels: channels.slice(0, 1).map(({ id }) => id),
          }}
          act="Create"
          send={(draft) => got(api.POST('/v1/notification-rules', { body: draft as never }))}
          onDone={() => {
            setCreating(false);
            tell('The rule counts from now on.');
          }}
          onClose={() => setCreating(false)}
        >
          {() => <RuleFields channels={channels} />}
        </FormDialog>
      )}
    </Section>
  );
}

const RuleFields = ({ channels }: { channels: readonly Channel[] }): ReactNode => (
  <>
    <TextField pointer="/name" label="Name" isNeeded />
    <SetField pointer="/on" label="Tells of" choices={KINDS} />
    <SetField pointer="/channels" label="To" choices={channels.map(({ id, name }) => [id, name] as const)} />
    <NamesField pointer="/tags" label="Only tasks with one of these tags" hint="Empty: all tasks." />
    <div className="pair">
      <NumberField pointer="/failures" label="Failures in a row" hint="Empty: 3." />
      <LengthField pointer="/lateMs" label="Late is more than" hint="Empty: 1 min." />
      <LengthField pointer="/groupMs" label="In one message, within" hint="Empty: each by itself." />
      <NumberField pointer="/maxPerHour" label="Messages an hour at most" hint="Empty: 60." />
    </div>
  </>
);

/** Changes a rule, unless somebody else has changed it meanwhile. */
function EditRule({
  rule,
  channels,
  onClose,
}: Pick<Props, 'channels'> & { rule: Rule; onClose: () => void }): ReactNode {
  // What is edited stays as it was read: a later version is a conflict.
  const [{ id, version, name, on, channels: to, tags, failures, lateMs, groupMs, maxPerHour }] = useState(rule);
  const start = { name, on, channels: to, tags, failures, lateMs, groupMs, maxPerHour };
  const params = { path: { id }, header: { 'If-Match': `"${version}"` } };
  return (
    <FormDialog
      title="Edit the rule"
      start={start}
      act="Save"
      send={(draft) => got(api.PATCH('/v1/notification-rules/{id}', { params, body: patchOf(start, draft) as never }))}
      onDone={() => {
        onClose();
        tell('The rule is changed.');
      }}
      onClose={onClose}
    >
      {() => <RuleFields channels={channels} />}
    </FormDialog>
  );
}

function OneRule({ rule, nameOf, mayEdit, channels: all }: Props & { rule: Rule; mayEdit: boolean }): ReactNode {
  const acts = useActs();
  const [isEditing, setEditing] = useState(false);
  const { id, name, enabled, channels, tags, tasks } = rule;
  const path = { id };
  const enable = (isOn: boolean): Promise<unknown> =>
    acts.do(async () => {
      await got(api.PATCH('/v1/notification-rules/{id}', { params: { path }, body: { enabled: isOn } as never }));
      tell(isOn ? 'The rule is on.' : 'The rule is off.', () => void enable(!isOn));
    });
  const remove = (): Promise<unknown> =>
    acts.do(async () => {
      await got(api.DELETE('/v1/notification-rules/{id}', { params: { path } }));
      tell('The rule is removed.');
    });
  const of = [
    ...tags.map((tag) => `tasks with the tag ${tag}`),
    ...(tasks.length > 0 ? [`${tasks.length} tasks`] : []),
  ].join(', ');
  return (
    <li>
      <b>
        <Foreign value={name} most={60} />
      </b>
      <span className="muted">
        Tells <Foreign value={channels.map(nameOf).join(', ')} most={120} /> {ruleWords(rule)};{' '}
        {of === '' ? (
          'all tasks'
        ) : (
          <>
            only <Foreign value={of} most={80} />
          </>
        )}
      </span>
      {!enabled && <span className="bad-text">off</span>}
      {mayEdit && (
        <span className="acts-inline end">
          <button type="button" className="small" aria-label={`Edit ${name}`} onClick={() => setEditing(true)}>
            Edit…
          </button>
          <button type="button" className="small" onClick={() => void enable(!enabled)}>
            {enabled ? 'Switch off' : 'Switch on'}
          </button>
          <Removal what="rule" name={name} className="small" onRemove={() => void remove()}>
            Nothing is told by it any more.
          </Removal>
        </span>
      )}
      {isEditing && <EditRule rule={rule} channels={all} onClose={() => setEditing(false)} />}
    </li>
  );
}
