import { useInfiniteQuery } from '@tanstack/react-query';
import { useMay } from '../../acts/use-acts.ts';
import { sourcesQuery } from '../../api/queries.ts';
import { itemsOf } from '../../ui/paged.tsx';
import { sourceWords } from './sources.model.ts';

/** The words for sources, by the names of the first webhook sources, where the viewer may see those. */
export function useSourceWords(): (source: string) => string {
  const maySee = useMay('admin');
  const sources = itemsOf(useInfiniteQuery({ ...sourcesQuery, enabled: maySee }).data);
  return (source) => sourceWords(source, (id) => sources.find((each) => each.id === id)?.name);
}
