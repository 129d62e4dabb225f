import { useInfiniteQuery } from '@tanstack/react-query';
import { sourcesQuery } from '../../api/queries.ts';
import { itemsOf } from '../../ui/paged.tsx';
import { sourceWords } from './sources.model.ts';

/** The words for sources, by the names of the first webhook sources. */
export function useSourceWords(): (source: string) => string {
  const sources = itemsOf(useInfiniteQuery(sourcesQuery).data);
  return (source) => sourceWords(source, (id) => sources.find((each) => each.id === id)?.name);
}
