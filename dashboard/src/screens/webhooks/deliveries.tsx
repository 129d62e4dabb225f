import { Link } from '@tanstack/react-router';
import { useActs } from '../../acts/use-acts.ts';
import { api, got, type Schemas } from '../../api/client.ts';
import type { Column } from '../../ui/rows.tsx';
import { Foreign } from '../../ui/text.tsx';
import { When } from '../../ui/time.tsx';
import { tell } from '../../ui/toasts.tsx';
import { isTest } from './words.ts';

type Delivery = Schemas['WebhookDeliveryResponse'];

const REASONS: Record<NonNullable<Delivery['reason']>, string> = {
  'unknown-source': 'there is no such source',
  disabled: 'the source takes no calls',
  signature: 'the signature is wrong',
  stale: 'it is too old',
  malformed: 'it cannot be read',
  unmapped: 'no type for it',
  conflict: 'the same id came with another content',
  unavailable: 'the service was busy',
};

/** What has a delivery become an event once more. */
export function useReplay(id: string): (delivery: string) => void {
  const acts = useActs();
  return (delivery) =>
    void acts.do(async () => {
      const path = { id, delivery };
      await got(api.POST('/v1/webhook-sources/{id}/deliveries/{delivery}/replay', { params: { path } }));
      tell('It has become an event once more.');
    });
}

export const deliveryColumns = (replay: (delivery: string) => void): Column<Delivery>[] => [
  { name: 'Received', width: '12rem', cell: ({ at }) => <When at={at} /> },
  {
    name: 'Result',
    width: 'minmax(15rem, 2fr)',
    cell: ({ result, reason, detail, count, messageId, replayOf }) => (
      <>
        {isTest({ messageId }) && replayOf === null && <b>test </b>}
        {result === 'accepted' ? (
          '✓ accepted'
        ) : (
          <span className="bad-text">✕ refused{reason !== null && `: ${REASONS[reason]}`}</span>
        )}
        {count > 1 && `, ${count} times`}{' '}
        <span className="muted">
          <Foreign value={detail ?? ''} most={120} />
        </span>
      </>
    ),
  },
  { name: 'Answer', width: '5rem', cell: ({ status }) => <span className="number">{status}</span> },
  {
    name: 'Event',
    width: 'minmax(8rem, 1fr)',
    cell: ({ eventId, eventType }) =>
      eventId === null ? (
        <span className="muted">–</span>
      ) : (
        <Link to="/events" search={{ id: eventId }}>
          <Foreign value={eventType ?? 'event'} most={80} />
        </Link>
      ),
  },
  { name: 'Size', width: '6rem', cell: ({ size }) => <span className="number">{size.toLocaleString('en')} B</span> },
  { name: 'From', width: '9rem', cell: ({ address }) => <Foreign value={address ?? '–'} most={60} /> },
  {
    name: 'Act',
    width: '6.5rem',
    cell: ({ id, replayable, replayOf }) =>
      replayable ? (
        <button type="button" className="small" onClick={() => replay(id)}>
          Replay…
        </button>
      ) : (
        <span className="muted">{replayOf === null ? '–' : 'a replay'}</span>
      ),
  },
];
