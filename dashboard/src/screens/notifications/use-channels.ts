import { useInfiniteQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client.ts';
import { channelsQuery } from '../../api/queries.ts';
import { itemsOf } from '../../ui/paged.tsx';

interface Channels {
  channels: readonly Schemas['NotificationChannelResponse'][];
  nameOf: (id: string) => string;
}

/** The channels, and the name of each. */
export function useChannels(): Channels {
  const channels = itemsOf(useInfiniteQuery(channelsQuery).data);
  return { channels, nameOf: (id) => channels.find((each) => each.id === id)?.name ?? 'a removed channel' };
}
