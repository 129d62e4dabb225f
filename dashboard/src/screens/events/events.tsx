import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useMay } from '../../acts/use-acts.ts';
import { useAsking, whileShort } from '../../app/live.ts';
import { api, got, type Schemas } from '../../api/client.ts';
import type { EventFilter } from '../../api/filters.ts';
import { eventsQuery } from '../../api/queries.ts';
import { JsonField, TextField } from '../../forms/fields.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { Paged } from '../../ui/paged.tsx';
import { Chips, Head, Search } from '../../ui/parts.tsx';
import type { Column } from '../../ui/rows.tsx';
import { Foreign } from '../../ui/text.tsx';
import { When } from '../../ui/time.tsx';
import { tell } from '../../ui/toasts.tsx';
import { DeadLetters } from './dead-letters.tsx';
import { OneEvent } from './one-event.tsx';
import { useSourceWords } from './sources.ts';

type Event = Schemas['EventHeadResponse'];

const route = getRouteApi('/events');

/** What happened outside, and what did it start? */
export function Events(): ReactNode {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const mayPublish = useMay('operator');
  const [isPublishing, setPublishing] = useState(false);
  const isAdmin = useMay('admin');
  const wordsOf = useSourceWords();
  const events = useInfiniteQuery({
    ...eventsQuery(filter),
    refetchInterval: whileShort(useAsking()),
  });
  const change = (part: { [Key in keyof EventFilter]?: string | undefined }): void =>
    void navigate({ search: { ...filter, ...part } as EventFilter });
  return (
    <>
      <Head title="Events">
        {mayPublish && (
          <button type="button" onClick={() => setPublishing(true)}>
            Publish an event
          </button>
        )}
      </Head>
      <div className="filters">
        <Search label="Type of the event" value={filter.type} onSubmit={(type) => change({ type })} />
      </div>
      <Chips
        chips={(['type', 'source'] as const).map((name) => ({
          name,
          value: name === 'source' && filter.source !== undefined ? wordsOf(filter.source) : filter[name],
          clear: () => change({ [name]: undefined }),
        }))}
      />
      <Paged
        label="Events"
        list={events}
        columns={columnsWith((id) => change({ id }), change, wordsOf)}
        keyOf={({ id }: Event) => id}
      >
        {filter.type === undefined && filter.source === undefined
          ? 'No event has come yet. Programs send them by POST /v1/events, webhooks and brokers bring them.'
          : 'No event fits.'}
      </Paged>
      {isAdmin && <DeadLetters />}
      {filter.id !== undefined && <OneEvent id={filter.id} onClose={() => change({ id: undefined })} />}
      {isPublishing && (
        <Publish onClose={() => setPublishing(false)} onDone={(id) => (setPublishing(false), change({ id }))} />
      )}
    </>
  );
}

const columnsWith = (
  open: (id: string) => void,
  change: (part: EventFilter) => void,
  wordsOf: (source: string) => string,
): Column<Event>[] => [
  {
    name: 'Type',
    width: 'minmax(10rem, 1.5fr)',
    cell: ({ id, type }) => (
      <button type="button" className="link" onClick={() => open(id)}>
        <Foreign value={type} most={100} />
      </button>
    ),
  },
  { name: 'Received', width: '14rem', cell: ({ receivedAt }) => <When at={receivedAt} /> },
  {
    name: 'From',
    width: 'minmax(8rem, 1fr)',
    cell: ({ source }) =>
      source === undefined ? (
        <span className="muted">–</span>
      ) : (
        <button type="button" className="link" onClick={() => change({ source })}>
          <Foreign value={wordsOf(source)} most={80} />
        </button>
      ),
  },
  {
    name: 'What became of it',
    width: 'minmax(10rem, 1.6fr)',
    cell: ({ dispatched, failure }) =>
      failure === undefined ? (
        dispatched ? (
          'passed to the tasks that wait for it'
        ) : (
          'waits'
        )
      ) : (
        <span className="bad-text">
          <Foreign value={failure} most={200} />
        </span>
      ),
  },
];

function Publish({ onClose, onDone }: { onClose: () => void; onDone: (id: string) => void }): ReactNode {
  return (
    <FormDialog
      title="Publish an event"
      start={{ type: '', data: {} }}
      act="Publish"
      send={async ({ type, data }) => {
        const path = { type: typeof type === 'string' ? type : '' };
        return got(api.POST('/v1/triggers/events/{type}', { params: { path }, body: (data ?? {}) as never }));
      }}
      onDone={({ eventId }) => {
        tell('The event is published.');
        onDone(eventId);
      }}
      onClose={onClose}
    >
      {() => (
        <>
          <TextField pointer="/type" label="Type" isNeeded hint="Tasks with a trigger for it start." />
          <JsonField pointer="/data" label="Data" rows={6} />
        </>
      )}
    </FormDialog>
  );
}
