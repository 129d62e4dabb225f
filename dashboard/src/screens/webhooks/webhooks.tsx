import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { api, got, type Schemas } from '../../api/client.ts';
import { sourcesQuery } from '../../api/queries.ts';
import { useEvery } from '../../app/live.ts';
import { typeOf } from '../../forms/editing.ts';
import { ChoiceField, JsonField, TextField } from '../../forms/fields.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { Once } from '../../ui/once.tsx';
import { Paged } from '../../ui/paged.tsx';
import { Head } from '../../ui/parts.tsx';
import type { Column } from '../../ui/rows.tsx';
import { Foreign } from '../../ui/text.tsx';
import { LastCall } from './last-call.tsx';
import { SCHEMES, schemeWords } from './words.ts';

type Source = Schemas['WebhookSourceResponse'];

/** Which senders may call, and where? */
export function Webhooks(): ReactNode {
  const sources = useInfiniteQuery({ ...sourcesQuery, refetchInterval: useEvery(15_000) });
  const navigate = useNavigate();
  const [isCreating, setCreating] = useState(false);
  const [made, setMade] = useState<Source | null>(null);
  const open = (id: string): void => void navigate({ to: '/webhooks/$id', params: { id } });
  return (
    <>
      <Head title="Webhook sources">
        <button type="button" className="main" onClick={() => setCreating(true)}>
          New source
        </button>
      </Head>
      <Paged label="Webhook sources" list={sources} columns={COLUMNS} keyOf={({ id }: Source) => id}>
        No source yet. A source is an address for one sender, such as a code host or a shop: what it signs and sends
        becomes an event, and starts the tasks that wait for it.
      </Paged>
      {isCreating && (
        <NewSource
          onClose={() => setCreating(false)}
          onDone={(source) => {
            setCreating(false);
            if (source.secret === undefined) open(source.id);
            else setMade(source);
          }}
        />
      )}
      {made?.secret !== undefined && (
        <Once title="The secret of the source" secret={made.secret} onClose={() => open(made.id)} />
      )}
    </>
  );
}

const COLUMNS: Column<Source>[] = [
  {
    name: 'Name',
    width: 'minmax(10rem, 1.4fr)',
    cell: ({ id, name }) => (
      <Link to="/webhooks/$id" params={{ id }} className="name">
        <Foreign value={name} most={100} />
      </Link>
    ),
  },
  { name: 'State', width: '7.5rem', cell: ({ enabled }) => (enabled ? 'takes calls' : <b>takes none</b>) },
  { name: 'Last call', width: 'minmax(15rem, 1.4fr)', cell: ({ id }) => <LastCall source={id} /> },
  { name: 'Signed as', width: 'minmax(9rem, 0.8fr)', cell: ({ scheme }) => schemeWords(scheme.type) },
  {
    name: 'Event',
    width: 'minmax(8rem, 1fr)',
    cell: ({ event }) => <Foreign value={event ?? 'what its mapping says'} most={80} />,
  },
];

function NewSource({ onClose, onDone }: { onClose: () => void; onDone: (source: Source) => void }): ReactNode {
  return (
    <FormDialog
      title="New webhook source"
      start={{ name: '', scheme: { type: 'standard' } }}
      act="Create"
      send={(draft) => got(api.POST('/v1/webhook-sources', { body: draft as never }))}
      onDone={onDone}
      onClose={onClose}
    >
      {(draft) => (
        <>
          <TextField pointer="/name" label="Name" isNeeded hint="Who sends, and what." />
          <ChoiceField pointer="/scheme/type" label="How it signs" choices={SCHEMES} />
          {typeOf(draft['scheme']) === 'hmac' && (
            <div className="pair">
              <TextField pointer="/scheme/header" label="Header of the signature" isNeeded />
              <TextField pointer="/scheme/prefix" label="What stands before it" />
            </div>
          )}
          <TextField pointer="/event" label="Type of its events" hint="Tasks with a trigger for it start." />
          <JsonField
            pointer="/mapping"
            label="Mapping"
            rows={3}
            hint='Such as {"type": {"header": "x-github-event", "prefix": "github."}}.'
          />
          <TextField pointer="/secret" label="Secret" hint="Of the sender, if it gives one. Without one: a new one." />
        </>
      )}
    </FormDialog>
  );
}
