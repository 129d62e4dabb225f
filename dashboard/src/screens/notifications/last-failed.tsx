import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useAsking } from '../../app/live.ts';
import { deliveriesQuery } from '../../api/queries.ts';
import { itemsOf } from '../../ui/paged.tsx';
import { Foreign } from '../../ui/text.tsx';
import { When } from '../../ui/time.tsx';

/** That the newest message of a channel did not arrive, and why. */
export function LastFailed({ channel }: { channel: string }): ReactNode {
  const { data } = useInfiniteQuery({ ...deliveriesQuery({ channel }, 1), refetchInterval: useAsking(60_000) });
  const [last] = itemsOf(data);
  if (last?.status !== 'failed' && last?.status !== 'expired') return null;
  return (
    <span className="bad-text">
      ✕ its last message did not arrive, <When at={last.at} />
      <Foreign value={last.attempts.at(-1)?.error === undefined ? '' : `: ${last.attempts.at(-1)?.error}`} most={300} />
    </span>
  );
}
