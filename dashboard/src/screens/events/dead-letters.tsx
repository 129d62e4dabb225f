import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useActs } from '../../acts/use-acts.ts';
import { useAsking } from '../../app/live.ts';
import { api, got } from '../../api/client.ts';
import { deadLettersQuery } from '../../api/queries.ts';
import { meQuery } from '../../session/session.ts';
import { itemsOf } from '../../ui/paged.tsx';
import { Empty, Fault, Section } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import { Foreign } from '../../ui/text.tsx';
import { At, When } from '../../ui/time.tsx';
import { tell } from '../../ui/toasts.tsx';

/** What brokers brought and nobody could read, put aside. For admins. */
export function DeadLetters(): ReactNode {
  const refetchInterval = useAsking();
  const letters = useInfiniteQuery({ ...deadLettersQuery, refetchInterval });
  const { data: me } = useQuery(meQuery);
  const acts = useActs();
  const items = itemsOf(letters.data);
  const replay = (id: string): void =>
    void acts.do(async () => {
      await got(api.POST('/v1/dead-letters/{id}/replay', { params: { path: { id } } }));
      tell('It has become an event.');
    });
  return (
    <>
      <Section title="Dead letters">
        {letters.error && <Fault error={letters.error} />}
        {letters.data && items.length === 0 && <Empty>No message of a broker was put aside.</Empty>}
        {items.length > 0 && (
          <Table
            label="Dead letters"
            items={items}
            keyOf={({ id }) => id}
            columns={[
              { name: 'Topic', cell: ({ transport, topic }) => <Foreign value={`${transport} ${topic}`} most={80} /> },
              { name: 'Put aside', cell: ({ at }) => <When at={at} /> },
              { name: 'Why', cell: ({ reason, detail }) => <Foreign value={`${reason}: ${detail}`} most={200} /> },
              {
                name: 'Message',
                cell: ({ excerpt, size }) => (
                  <>
                    <code>
                      <Foreign value={excerpt ?? 'too large to be kept'} most={120} />
                    </code>{' '}
                    <span className="muted">{size.toLocaleString('en')} B</span>
                  </>
                ),
              },
              {
                name: 'Event',
                cell: ({ id, eventId, replayable }) =>
                  eventId !== null ? (
                    <Link to="/events" search={{ id: eventId }}>
                      its event
                    </Link>
                  ) : replayable ? (
                    <button type="button" className="small" onClick={() => replay(id)}>
                      Replay
                    </button>
                  ) : (
                    '–'
                  ),
              },
            ]}
          />
        )}
      </Section>
      {me?.installation === true && <Transports />}
    </>
  );
}

/** The brokers and their topics. For the operators of the installation. */
function Transports(): ReactNode {
  const refetchInterval = useAsking();
  const { data, error } = useQuery({
    queryKey: ['transports'],
    refetchInterval,
    queryFn: () => got(api.GET('/v1/installation/transports')),
  });
  return (
    <Section title="Brokers">
      {error && <Fault error={error} />}
      {data?.brokers.length === 0 && <Empty>No broker is set.</Empty>}
      {data?.brokers.map(({ transport, server, state, lastError }) => (
        <p key={`${transport} ${server}`} className={state === 'up' ? '' : 'warning'}>
          <Foreign value={server} most={120} />: {state}
          {lastError !== null && state !== 'up' && (
            <>
              , <Foreign value={lastError.message} /> {lastError.since !== null && <At at={lastError.since} />}
            </>
          )}
        </p>
      ))}
      {data && data.topics.length > 0 && (
        <Table
          label="Topics"
          items={data.topics}
          keyOf={({ transport, topic, direction, organization }) =>
            `${transport} ${topic} ${direction} ${organization ?? ''}`
          }
          columns={[
            { name: 'Topic', cell: ({ transport, topic }) => <Foreign value={`${transport} ${topic}`} most={80} /> },
            { name: 'Direction', cell: ({ direction }) => direction },
            { name: 'State', cell: ({ connected }) => (connected ? 'connected' : 'away') },
            { name: 'Behind', cell: ({ lag }) => lag?.toLocaleString('en') ?? '–' },
            { name: 'Dead letters', cell: ({ deadLetters }) => deadLetters?.toLocaleString('en') ?? '–' },
          ]}
        />
      )}
    </Section>
  );
}
