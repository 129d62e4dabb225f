import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState, type ReactNode } from 'react';
import { api, got, Refusal } from '../../api/client.ts';
import { Changes, Conflict } from '../../forms/changes.tsx';
import { changesOf, type Draft } from '../../forms/draft.ts';
import { EditingContext, useEditingOf } from '../../forms/editing.ts';
import { JsonField, NumberField } from '../../forms/fields.tsx';
import { Fault, Head, Section } from '../../ui/parts.tsx';
import { tell } from '../../ui/toasts.tsx';
import { Calendars } from './calendars.tsx';
import { Effect } from './impact.tsx';
import { QUOTAS } from './quotas.ts';
import { Usage } from './usage.tsx';

/** The settings and the tag of their version. */
interface Read {
  settings: Draft;
  tag: string;
}

async function read(): Promise<Read> {
  const call = await api.GET('/v1/settings');
  const { calendars, resources, quotas, retention } = await got(Promise.resolve(call));
  return {
    settings: { quotas, resources, calendars, ...(retention && { retention }) },
    tag: call.response.headers.get('etag') ?? '',
  };
}

const settingsQuery = { queryKey: ['settings'], queryFn: read, refetchOnWindowFocus: false } as const;

/** What limits us, and what changes when I change it? */
export function Settings(): ReactNode {
  const { data, error } = useQuery(settingsQuery);
  if (!data) return error ? <Fault error={error} /> : <Head title="Settings" />;
  return <Form start={data} />;
}

function Form({ start }: { start: Read }): ReactNode {
  const queries = useQueryClient();
  const [base, setBase] = useState(start);
  const [draft, setDraft] = useState(start.settings);
  const [theirs, setTheirs] = useState<Read | null>(null);
  const changes = useMemo(() => changesOf(base.settings, draft), [base, draft]);
  const save = useMutation({
    mutationFn: async (): Promise<Read> => {
      await got(api.PUT('/v1/settings', { params: { header: { 'If-Match': base.tag } }, body: draft as never }));
      return queries.query({ ...settingsQuery, staleTime: 0 });
    },
    onSuccess: (made) => {
      tell('The settings are changed.');
      void queries.invalidateQueries({ queryKey: ['calendar-days'] });
      setBase(made);
      setDraft(made.settings);
    },
    onError: async (fault) => {
      if (fault instanceof Refusal && fault.status === 412)
        setTheirs(await queries.query({ ...settingsQuery, staleTime: 0 }));
    },
  });
  const editing = useEditingOf(draft, setDraft, save.error);
  return (
    <EditingContext value={editing}>
      <Head title="Settings">
        <button
          type="button"
          className="main"
          disabled={changes.length === 0 || save.isPending}
          onClick={() => save.mutate()}
        >
          Save
        </button>
      </Head>
      {save.error && theirs === null && <Fault error={save.error} />}
      <div className="two">
        <div>
          <Usage />
          <Section title="Quotas">
            <p className="muted">
              Limits that the organization sets for itself. Empty: as far as the installation allows.
            </p>
            <div className="pair">
              {Object.entries(QUOTAS).map(([name, label]) => (
                <NumberField key={name} pointer={`/quotas/${name}`} label={label} />
              ))}
            </div>
          </Section>
          <Section title="What is kept">
            <p className="muted">
              How many days finished runs and their logs are kept. Empty, or for longer: as the installation keeps them.
            </p>
            <div className="pair">
              <NumberField pointer="/retention/runsDays" label="Days of finished runs" />
              <NumberField pointer="/retention/failedRunsDays" label="Days of failed runs" />
            </div>
          </Section>
          <Section title="Pools">
            <p className="muted">
              How many runs may use something at once, or in a time. A pool that is not listed has one place.
            </p>
            <JsonField
              pointer="/resources"
              label="Pools, by name"
              rows={6}
              hint='Such as {"database": 4, "mail": {"capacity": 60, "perMs": 60000}}.'
            />
          </Section>
        </div>
        <div>
          <Section title="Calendars">
            <p className="muted">Days and times that tasks leave out, by the name that tasks use.</p>
            <JsonField
              pointer="/calendars"
              label="Calendars, by name"
              rows={12}
              hint='Such as {"holidays": {"timeZone": "Europe/Berlin", "dates": ["2030-01-01"], "weekdays": ["sun"]}}.'
            />
            <Calendars names={Object.keys(base.settings['calendars'] ?? {})} />
          </Section>
          <Section title="What saving changes">
            <Changes changes={changes} label="Changes" />
            {changes.length > 0 && <Effect draft={draft} />}
          </Section>
        </div>
      </div>
      {theirs && (
        <Conflict
          base={base.settings}
          mine={draft}
          theirs={theirs.settings}
          onChoose={(chosen) => {
            setBase(theirs);
            setDraft(chosen);
            setTheirs(null);
            save.reset();
          }}
          onClose={() => setTheirs(null)}
        />
      )}
    </EditingContext>
  );
}
