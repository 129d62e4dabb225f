import { useState, type ReactNode } from 'react';
import { useActs, useMay } from '../../acts/use-acts.ts';
import { api, got, type Schemas } from '../../api/client.ts';
import { ChoiceField, NamesField, TextField } from '../../forms/fields.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { Once } from '../../ui/once.tsx';
import { Empty, Section } from '../../ui/parts.tsx';
import { Removal } from '../../ui/removal.tsx';
import { Foreign } from '../../ui/text.tsx';
import { tell } from '../../ui/toasts.tsx';
import { LastFailed } from './last-failed.tsx';

type Channel = Schemas['NotificationChannelResponse'];

const TYPES = [
  ['slack', 'Slack'],
  ['discord', 'Discord'],
  ['teams', 'Teams'],
  ['email', 'E-mail'],
  ['webhook', 'Webhook: signed, to a program'],
] as const;

/** Where notifications go. An admin sets channels, since they hold addresses that are secrets. */
export function Channels({ channels }: { channels: readonly Channel[] }): ReactNode {
  const isAdmin = useMay('admin');
  const [isCreating, setCreating] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Section
      title="Channels"
      aside={
        isAdmin && (
          <button type="button" onClick={() => setCreating(true)}>
            New channel
          </button>
        )
      }
    >
      {channels.length === 0 && <Empty>No channel: nobody is told anything.</Empty>}
      <ul className="plain lines">
        {channels.map((each) => (
          <OneChannel key={each.id} channel={each} isAdmin={isAdmin} />
        ))}
      </ul>
      {isCreating && (
        <FormDialog
          title="New channel"
          start={{ type: 'slack', name: '', url: '' }}
          act="Create"
          send={({ to, url, ...draft }) =>
            got(
              api.POST('/v1/notification-channels', {
                body: { ...draft, ...(draft['type'] === 'email' ? { to } : { url }) } as never,
              }),
            )
          }
          onDone={(made) => {
            setCreating(false);
            if (made.secret !== undefined) setSecret(made.secret);
          }}
          onClose={() => setCreating(false)}
        >
          {(draft) => (
            <>
              <ChoiceField pointer="/type" label="Kind" choices={TYPES} />
              <TextField pointer="/name" label="Name" isNeeded />
              {draft['type'] === 'email' ? (
                <NamesField pointer="/to" label="To" hint="Addresses, with commas between them." />
              ) : (
                <TextField pointer="/url" label="URL" isNeeded hint="It is a secret: it is not shown again." />
              )}
            </>
          )}
        </FormDialog>
      )}
      {secret !== null && <Once title="What signs the calls" secret={secret} onClose={() => setSecret(null)} />}
    </Section>
  );
}

function OneChannel({ channel, isAdmin }: { channel: Channel; isAdmin: boolean }): ReactNode {
  const acts = useActs();
  const { id, name, type, enabled, disabledReason, host, to } = channel;
  const path = { id };
  const enable = (isOn: boolean): Promise<unknown> =>
    acts.do(async () => {
      await got(api.PATCH('/v1/notification-channels/{id}', { params: { path }, body: { enabled: isOn } as never }));
      tell(isOn ? 'The channel is on.' : 'The channel is off.', () => void enable(!isOn));
    });
  const test = (): Promise<unknown> =>
    acts.do(async () => {
      const { status, attempts } = await got(api.POST('/v1/notification-channels/{id}/test', { params: { path } }));
      tell(status === 'delivered' ? 'The test has arrived.' : `The test is ${status}: ${attempts.at(-1)?.error ?? ''}`);
    });
  const remove = (): Promise<unknown> =>
    acts.do(async () => {
      await got(api.DELETE('/v1/notification-channels/{id}', { params: { path } }));
      tell('The channel is removed.');
    });
  return (
    <li>
      <b>
        <Foreign value={name} most={60} />
      </b>
      <span className="muted">
        {type} <Foreign value={host ?? to.join(', ')} most={80} />
      </span>
      {!enabled && (
        <span className="bad-text">
          off
          <Foreign value={disabledReason === null ? '' : `: ${disabledReason}`} most={120} />
        </span>
      )}
      <LastFailed channel={id} />
      {isAdmin && (
        <span className="acts-inline end">
          <button type="button" className="small" onClick={() => void test()}>
            Test
          </button>
          <button type="button" className="small" onClick={() => void enable(!enabled)}>
            {enabled ? 'Switch off' : 'Switch on'}
          </button>
          <Removal what="channel" name={name} className="small" onRemove={() => void remove()}>
            Rules that name it tell it nothing any more.
          </Removal>
        </span>
      )}
    </li>
  );
}
