import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { api, got, type Schemas } from '../api/client.ts';
import type { AuditFilter } from '../api/filters.ts';
import { auditQuery, taskNamesQuery } from '../api/queries.ts';
import { shortId } from '../text/short-id.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Paged } from '../ui/paged.tsx';
import { Chips, Fault, Head, Search, Section } from '../ui/parts.tsx';
import type { Column } from '../ui/rows.tsx';
import { Foreign, Json } from '../ui/text.tsx';
import { At } from '../ui/time.tsx';

type Entry = Schemas['AuditEntryResponse'];

const route = getRouteApi('/audit');

/** Who changed what, and is the record whole? */
export function Audit(): ReactNode {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const [chosen, choose] = useState<Entry | null>(null);
  const entries = useInfiniteQuery(auditQuery(filter));
  const { data: names } = useQuery(taskNamesQuery);
  const nameOf = (id: string): string | undefined => names?.items.find((task) => task.id === id)?.name;
  const change = (part: { [Key in keyof AuditFilter]?: AuditFilter[Key] | undefined }): void =>
    void navigate({ search: { ...filter, ...part } as AuditFilter });
  return (
    <>
      <Head title="Audit">
        <button type="button" onClick={() => void entries.refetch()}>
          Refresh
        </button>
      </Head>
      <Chain />
      <div className="filters">
        <label className="field-inline">
          <input
            type="checkbox"
            checked={filter.people === true}
            onChange={(event) => change({ people: event.target.checked ? true : undefined })}
          />
          <span>People and keys only</span>
        </label>
        <Search label="Object: its id" value={filter.object} onSubmit={(object) => change({ object })} />
      </div>
      <Chips
        chips={(['actor', 'action', 'object'] as const).map((name) => ({
          name,
          value: filter[name],
          clear: () => change({ [name]: undefined }),
        }))}
      />
      <Paged
        label="Entries of the audit trail"
        list={entries}
        columns={columnsWith(choose, change, nameOf)}
        keyOf={({ id }: Entry) => id}
      >
        No entry fits.
      </Paged>
      {chosen && (
        <Dialog title={`Entry ${chosen.sequence}`} onClose={() => choose(null)} isPanel>
          <p>
            <Foreign value={chosen.actor.id} /> · <Foreign value={chosen.action} /> · <At at={chosen.at} />
          </p>
          <h3>Before</h3>
          <Json value={chosen.before ?? null} label="Before" />
          <h3>After</h3>
          <Json value={chosen.after ?? null} label="After" />
          <h3>Hash</h3>
          <code className="hash">{chosen.hash}</code>
        </Dialog>
      )}
    </>
  );
}

const columnsWith = (
  choose: (entry: Entry) => void,
  change: (part: AuditFilter) => void,
  nameOf: (id: string) => string | undefined,
): Column<Entry>[] => [
  { name: 'No.', width: '6rem', cell: ({ sequence }) => <span className="number">{sequence}</span> },
  { name: 'When', width: '16.5rem', cell: ({ at }) => <At at={at} /> },
  {
    name: 'Who',
    width: 'minmax(8rem, 1fr)',
    cell: ({ actor }) => (
      <button type="button" className="link" onClick={() => change({ actor: actor.id })}>
        <Foreign value={actor.id} most={60} />
      </button>
    ),
  },
  {
    name: 'What',
    width: 'minmax(9rem, 1fr)',
    cell: ({ action }) => (
      <button type="button" className="link" onClick={() => change({ action })}>
        <Foreign value={action} most={60} />
      </button>
    ),
  },
  {
    name: 'Object',
    width: 'minmax(12rem, 1.4fr)',
    cell: ({ object: { type, id } }) =>
      type === 'task' ? (
        <Link to="/tasks/$id" params={{ id }}>
          {nameOf(id) === undefined ? `task …${id.slice(-12)}` : <Foreign value={nameOf(id)!} most={60} />}
        </Link>
      ) : type === 'run' ? (
        <Link to="/runs/$id" params={{ id }}>
          run …{id.slice(-12)}
        </Link>
      ) : (
        <Foreign
          value={type === id ? type : `${type.replaceAll('-', ' ')} ${id.length > 20 ? shortId(id) : id}`}
          most={60}
        />
      ),
  },
  {
    name: 'Change',
    width: '7rem',
    cell: (entry) => (
      <button type="button" className="small" onClick={() => choose(entry)} aria-label={`Show entry ${entry.sequence}`}>
        Show
      </button>
    ),
  },
];

/** Whether each entry still is as it was written. Asked for, since it reads all of them. */
function Chain(): ReactNode {
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['audit-verify'],
    enabled: false,
    queryFn: () => got(api.GET('/v1/audit/verify')),
  });
  return (
    <Section
      title="Is the record whole?"
      aside={
        <button type="button" disabled={isFetching} onClick={() => void refetch()}>
          {isFetching ? 'Verifying…' : 'Verify'}
        </button>
      }
    >
      {error && <Fault error={error} />}
      {!data && !error && (
        <p className="muted">
          Not checked yet. Each entry holds the hash of the one before it: Verify reads them all and tells whether one
          was changed or removed.
        </p>
      )}
      {data && (
        <p className={data.valid ? 'healthy' : 'fault'}>
          {data.valid
            ? `Whole: ${data.checked.toLocaleString('en')} entries.`
            : `Not whole: entry ${data.firstInvalid?.sequence ?? '?'}. ${data.firstInvalid?.reason ?? ''}`}
        </p>
      )}
    </Section>
  );
}
