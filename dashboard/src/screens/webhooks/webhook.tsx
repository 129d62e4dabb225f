import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useAsking, useEvery, whileShort } from '../../app/live.ts';
import { hooksQuery, sourceQuery } from '../../api/queries.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { copy, Fault, Head, Section, Select } from '../../ui/parts.tsx';
import { Paged } from '../../ui/paged.tsx';
import { Foreign } from '../../ui/text.tsx';
import { At } from '../../ui/time.tsx';
import { tell } from '../../ui/toasts.tsx';
import { deliveryColumns, useReplay } from './deliveries.tsx';
import { Secrets } from './secrets.tsx';
import { SourceActs } from './source-acts.tsx';
import { schemeWords, startsWords } from './words.ts';

const route = getRouteApi('/webhooks/$id');

/** Did the call from outside arrive, and what did it start? */
export function Webhook(): ReactNode {
  const { id } = route.useParams();
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const { data: source, error } = useQuery({ ...sourceQuery(id), refetchInterval: useEvery() });
  const deliveries = useInfiniteQuery({
    ...hooksQuery(id, filter),
    refetchInterval: whileShort(useAsking()),
  });
  const replay = useReplay(id);
  const [asked, ask] = useState<string | null>(null);
  if (!source) return error ? <Fault error={error} /> : <Head title="Webhook source" />;
  return (
    <>
      <Head title={<Foreign value={source.name} most={120} />}>
        <SourceActs source={source} />
      </Head>
      {!source.enabled && <p className="warning">It takes no calls: whatever comes is refused.</p>}
      <div className="two">
        <Section title="Address">
          <p className="sentence">
            <code className="hash">{source.url}</code>{' '}
            <button type="button" className="small" onClick={() => void copy(source.url, () => tell('Copied.'))}>
              Copy
            </button>
          </p>
          <p className="muted">
            Calls are signed as {schemeWords(source.scheme.type)} says, and become events of type{' '}
            <Foreign value={source.event ?? 'what their content says'} most={80} />. Created{' '}
            <At at={source.createdAt} /> by <Foreign value={source.createdBy} most={60} />.
          </p>
        </Section>
        <Secrets source={source} />
      </div>
      <h2 className="part">Deliveries</h2>
      <div className="filters">
        <Select
          label="Result"
          value={filter.result}
          values={['accepted', 'refused']}
          onChange={(result) => void navigate({ search: result === undefined ? {} : { result: result as 'accepted' } })}
        />
      </div>
      <Paged label="Deliveries" list={deliveries} columns={deliveryColumns(ask)} keyOf={({ id: key }) => key}>
        {filter.result === undefined
          ? 'Nothing has come yet. Send a test, or let the sender call the address.'
          : 'None fits.'}
      </Paged>
      {asked !== null && (
        <Confirm title="Replay the delivery" act="Replay" onConfirm={() => replay(asked)} onClose={() => ask(null)}>
          <p>
            <Foreign value={startsWords(source.event)} most={300} />
          </p>
        </Confirm>
      )}
    </>
  );
}
