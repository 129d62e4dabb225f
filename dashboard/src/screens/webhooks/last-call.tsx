import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useAsking } from '../../app/live.ts';
import { hooksQuery } from '../../api/queries.ts';
import { itemsOf } from '../../ui/paged.tsx';
import { When } from '../../ui/time.tsx';
import { isTest } from './words.ts';

/** When a source was called last, and whether that was accepted. */
export function LastCall({ source }: { source: string }): ReactNode {
  const { data } = useInfiniteQuery({ ...hooksQuery(source, {}, 1), refetchInterval: useAsking(15_000) });
  const [last] = itemsOf(data);
  if (!data) return <span className="muted">…</span>;
  if (!last) return <span className="muted">none yet</span>;
  return (
    <>
      {last.result === 'accepted' ? '✓ accepted' : <span className="bad-text">✕ refused</span>}
      {isTest(last) && ' test'} <When at={last.at} />
    </>
  );
}
