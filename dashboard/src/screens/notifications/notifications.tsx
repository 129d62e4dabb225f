import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useActs, useMay } from '../../acts/use-acts.ts';
import { useAsking, whileShort } from '../../app/live.ts';
import { api, got, type Schemas } from '../../api/client.ts';
import { DELIVERY_STATES, type DeliveryFilter } from '../../api/filters.ts';
import { deliveriesQuery } from '../../api/queries.ts';
import { Paged } from '../../ui/paged.tsx';
import { Chips, Head, Select } from '../../ui/parts.tsx';
import type { Column } from '../../ui/rows.tsx';
import { Foreign } from '../../ui/text.tsx';
import { When } from '../../ui/time.tsx';
import { tell } from '../../ui/toasts.tsx';
import { Channels } from './channels.tsx';
import { Rules } from './rules.tsx';
import { useChannels } from './use-channels.ts';

type Delivery = Schemas['NotificationDeliveryResponse'];

const route = getRouteApi('/notifications');

/** Who is told of what, and did it arrive? */
export function Notifications(): ReactNode {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const mayAct = useMay('operator');
  const acts = useActs();
  const { channels, nameOf } = useChannels();
  const deliveries = useInfiniteQuery({
    ...deliveriesQuery(filter),
    refetchInterval: whileShort(useAsking()),
  });
  const change = (part: { [Key in keyof DeliveryFilter]?: DeliveryFilter[Key] | undefined }): void =>
    void navigate({ search: { ...filter, ...part } as DeliveryFilter });
  const again = (id: string): Promise<unknown> =>
    acts.do(async () => {
      await got(api.POST('/v1/notification-deliveries/{id}/redeliver', { params: { path: { id } } }));
      tell('It is sent again.');
    });
  const allAgain = (): Promise<unknown> =>
    acts.do(async () => {
      const body = { status: filter.status, ...(filter.channel !== undefined && { channel: filter.channel }) };
      const { count, more } = await got(api.POST('/v1/notification-deliveries/redeliver', { body: body as never }));
      tell(`${count} are sent again${more ? '; there are more' : ''}.`);
    });
  return (
    <>
      <Head title="Notifications" />
      <div className="two">
        <Channels channels={channels} />
        <Rules nameOf={nameOf} channels={channels} />
      </div>
      <h2 className="part">Deliveries</h2>
      <div className="filters">
        <Select
          label="State"
          value={filter.status}
          values={DELIVERY_STATES}
          onChange={(status) => change({ status: status as never })}
        />
        {mayAct && filter.status !== undefined && filter.status !== 'pending' && (
          <button type="button" onClick={() => void allAgain()}>
            Send all {filter.status} again
          </button>
        )}
      </div>
      <Chips
        chips={[
          {
            name: 'channel',
            value: filter.channel === undefined ? undefined : nameOf(filter.channel),
            clear: () => change({ channel: undefined }),
          },
          { name: 'state', value: filter.status, clear: () => change({ status: undefined }) },
        ]}
      />
      <Paged
        label="Deliveries"
        list={deliveries}
        columns={columnsWith(nameOf, (channel) => change({ channel }), mayAct ? (id) => void again(id) : null)}
        keyOf={({ id }: Delivery) => id}
      >
        {Object.keys(filter).length > 0 ? 'None fits.' : 'Nothing was told yet.'}
      </Paged>
    </>
  );
}

const columnsWith = (
  nameOf: (id: string) => string,
  narrow: (channel: string) => void,
  again: ((id: string) => void) | null,
): Column<Delivery>[] => [
  { name: 'Made', width: '14rem', cell: ({ at }) => <When at={at} /> },
  {
    name: 'Channel',
    width: 'minmax(7rem, 0.8fr)',
    cell: ({ channel }) => (
      <button type="button" className="link" onClick={() => narrow(channel)}>
        <Foreign value={nameOf(channel)} most={60} />
      </button>
    ),
  },
  {
    name: 'Told',
    width: 'minmax(12rem, 2fr)',
    cell: ({ alerts, more }) => (
      <>
        <Foreign value={alerts[0]?.text ?? '–'} most={160} />
        {alerts.length + more > 1 && <span className="muted"> and {alerts.length + more - 1} more</span>}
      </>
    ),
  },
  {
    name: 'State',
    width: 'minmax(9rem, 1.2fr)',
    cell: ({ status, tries, attempts, dueAt }) => (
      <>
        <span className={status === 'failed' || status === 'expired' ? 'bad-text' : ''}>{SIGNS[status]}</span>
        {status === 'pending' && dueAt !== null && (
          <>
            {' '}
            <When at={dueAt} />
          </>
        )}
        {tries > 1 && <span className="muted"> {tries} tries</span>}{' '}
        <span className="muted">
          <Foreign value={status === 'delivered' ? '' : (attempts.at(-1)?.error ?? '')} most={120} />
        </span>
      </>
    ),
  },
  {
    name: 'Act',
    width: '7rem',
    cell: ({ id, status }) =>
      again === null || status === 'pending' ? (
        <span className="muted">–</span>
      ) : (
        <button type="button" className="small" onClick={() => again(id)}>
          Send again
        </button>
      ),
  },
];

const SIGNS: Record<Delivery['status'], string> = {
  pending: '· waits',
  delivered: '✓ delivered',
  failed: '✕ failed',
  held: 'Ⅱ held back',
  expired: 'M too late',
};
