import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useMay } from '../acts/use-acts.ts';
import type { Schemas } from '../api/client.ts';
import { keysQuery } from '../api/queries.ts';
import { itemsOf } from '../ui/paged.tsx';
import { Foreign } from '../ui/text.tsx';
import { makerWords } from './maker.model.ts';

/** Who did it: a key by its name, where the viewer may see the keys. */
export function By({ maker }: { maker: Schemas['MakerResponse'] | undefined }): ReactNode {
  const isKey = maker?.type === 'api-key';
  const maySee = useMay('admin');
  const { data } = useInfiniteQuery({ ...keysQuery, enabled: isKey && maySee, staleTime: 60_000 });
  if (!maker) return null;
  const key = itemsOf(data).find(({ id }) => id === maker.id);
  return (
    <>
      {' '}
      by <Foreign value={makerWords(maker, key?.name)} most={80} />
    </>
  );
}
