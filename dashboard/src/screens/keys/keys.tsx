import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useActs } from '../../acts/use-acts.ts';
import { api, got, type Schemas } from '../../api/client.ts';
import { keysQuery } from '../../api/queries.ts';
import { InstantField, SetField, TextField } from '../../forms/fields.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { includes, meQuery } from '../../session/session.ts';
import { useNow } from '../../time/clock.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { Once } from '../../ui/once.tsx';
import { itemsOf } from '../../ui/paged.tsx';
import { Empty, Fault, Head } from '../../ui/parts.tsx';
import { Rows, type Column } from '../../ui/rows.tsx';
import { Foreign } from '../../ui/text.tsx';
import { When } from '../../ui/time.tsx';
import { tell } from '../../ui/toasts.tsx';

type ApiKey = Schemas['ApiKeyResponse'];

const ROLES = [
  ['viewer', 'viewer: sees everything'],
  ['operator', 'operator: also runs, pauses, retries'],
  ['editor', 'editor: also writes tasks'],
  ['admin', 'admin: also settings, keys, audit'],
] as const;
const SOON_MS = 7 * 86_400_000;

/** Which programs may act, and which key is stale? */
export function Keys(): ReactNode {
  const keys = useInfiniteQuery(keysQuery);
  const { data: me } = useQuery(meQuery);
  const acts = useActs();
  const [isCreating, setCreating] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const [leaving, setLeaving] = useState<ApiKey | null>(null);
  const now = useNow();
  const items = itemsOf(keys.data).toSorted((a, b) => Date.parse(a.expiresAt) - Date.parse(b.expiresAt));
  const revoke = (id: string): void =>
    void acts.do(async () => {
      await got(api.DELETE('/v1/api-keys/{id}', { params: { path: { id } } }));
      tell('The key is revoked: nobody gets in by it any more.');
    });
  return (
    <>
      <Head title="API keys">
        <button type="button" className="main" onClick={() => setCreating(true)}>
          New key
        </button>
      </Head>
      {keys.error && <Fault error={keys.error} />}
      {keys.data && items.length === 0 && <Empty>There is no key. A program signs in by one of its own.</Empty>}
      {items.length > 0 && (
        <Rows
          label="API keys"
          items={items}
          columns={columnsWith(now, me?.apiKey ?? null, setLeaving)}
          keyOf={({ id }) => id}
          more={{ has: keys.hasNextPage, isBusy: keys.isFetchingNextPage, get: () => void keys.fetchNextPage() }}
        />
      )}
      {isCreating && (
        <FormDialog
          title="New API key"
          start={{ name: '', roles: ['viewer'] }}
          act="Create"
          send={(draft) => got(api.POST('/v1/api-keys', { body: draft as never }))}
          onDone={({ key }) => {
            setCreating(false);
            setSecret(key);
          }}
          onClose={() => setCreating(false)}
        >
          {() => (
            <>
              <TextField pointer="/name" label="Name" isNeeded hint="What the key is for." />
              <SetField
                pointer="/roles"
                label="Roles"
                choices={ROLES.filter(([role]) => includes(me?.roles ?? [], role))}
              />
              <InstantField pointer="/expiresAt" label="Ends" hint="Without one: in 90 days." />
            </>
          )}
        </FormDialog>
      )}
      {secret !== null && <Once title="The new key" secret={secret} onClose={() => setSecret(null)} />}
      {leaving && (
        <Confirm
          title="Revoke the key"
          act="Revoke"
          onConfirm={() => revoke(leaving.id)}
          onClose={() => setLeaving(null)}
        >
          <p>
            Whatever uses <Foreign value={leaving.name} most={100} /> (<code>{leaving.prefix}…</code>) is refused at
            once. This cannot be taken back.
          </p>
        </Confirm>
      )}
    </>
  );
}

const columnsWith = (now: number, own: string | null, leave: (key: ApiKey) => void): Column<ApiKey>[] => [
  { name: 'Name', width: 'minmax(9rem, 1.5fr)', cell: ({ name }) => <Foreign value={name} most={100} /> },
  { name: 'Begins with', width: '7.5rem', cell: ({ prefix }) => <code>{prefix}…</code> },
  {
    name: 'Roles',
    width: 'minmax(7rem, 1fr)',
    cell: ({ roles, installation }) => (
      <>
        {roles.join(', ')}
        {installation !== null && ', installation'}
      </>
    ),
  },
  {
    name: 'Expires',
    width: '11.5rem',
    cell: ({ expiresAt }) => {
      const left = Date.parse(expiresAt) - now;
      return (
        <span className={left < SOON_MS ? 'bad-text' : ''}>
          {left < 0 && 'ended '}
          <When at={expiresAt} isDay />
        </span>
      );
    },
  },
  {
    name: 'Last used',
    width: '11.5rem',
    cell: ({ lastUsedAt }) =>
      lastUsedAt === null ? <span className="muted">never</span> : <When at={lastUsedAt} isDay />,
  },
  { name: 'Created', width: '11.5rem', cell: ({ createdAt }) => <When at={createdAt} isDay /> },
  { name: 'By', width: 'minmax(6rem, 1fr)', cell: ({ createdBy }) => <Foreign value={createdBy} most={60} /> },
  {
    name: 'Act',
    width: '6.5rem',
    cell: (key) =>
      key.id === own ? (
        <span className="muted">yours</span>
      ) : (
        <button
          type="button"
          className="small"
          aria-label={`Revoke ${key.name.slice(0, 60)}`}
          onClick={() => leave(key)}
        >
          Revoke…
        </button>
      ),
  },
];
