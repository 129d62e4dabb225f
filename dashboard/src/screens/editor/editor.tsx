import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useBlocker, useNavigate } from '@tanstack/react-router';
import { useMemo, useState, type ReactNode } from 'react';
import { api, got, Refusal, type Task } from '../../api/client.ts';
import { taskQuery } from '../../api/queries.ts';
import { Fault, Head, Section } from '../../ui/parts.tsx';
import { Switch } from '../../ui/switch.tsx';
import { Foreign } from '../../ui/text.tsx';
import { tell } from '../../ui/toasts.tsx';
import { ActionCard } from './action-card.tsx';
import { Changes, Conflict } from '../../forms/changes.tsx';
import { changesOf, patchOf, type Draft } from '../../forms/draft.ts';
import { EditingContext, useEditing, useEditingOf } from '../../forms/editing.ts';
import { faultWords, labelOf } from './labels.ts';
import { JsonTab } from './json-tab.tsx';
import { draftOf, isBlank, NEW_TASK } from './task-draft.ts';
import { Basics, Policies } from './policies.tsx';
import { Previews } from './preview.tsx';
import { TriggerCard } from './trigger-card.tsx';
import './editor.css';

const route = getRouteApi('/tasks/$id/edit');

export const NewTask = (): ReactNode => <Editor task={null} />;

export function EditTask(): ReactNode {
  const { id } = route.useParams();
  // What is edited stays as it was read: a later version is a conflict, and told at saving.
  const { data: task, error } = useQuery({ ...taskQuery(id), refetchOnWindowFocus: false });
  if (!task) return error ? <Fault error={error} /> : <Head title="Edit" />;
  return <Editor key={task.id} task={task} />;
}

const CREATED = { base: NEW_TASK, version: '' };

/** What will this do? */
function Editor({ task }: { task: Task | null }): ReactNode {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [{ base, version }, setBase] = useState(() =>
    task ? { base: draftOf(task), version: task.version } : CREATED,
  );
  const [draft, setDraft] = useState(base);
  const [tab, setTab] = useState<'form' | 'json'>('form');
  const [theirs, setTheirs] = useState<Task | null>(null);
  const changes = useMemo(() => changesOf(base, draft), [base, draft]);
  const save = useMutation({
    mutationFn: () => saved(task?.id, base, draft, version),
    onSuccess: (made) => {
      tell(task ? 'The task is changed.' : 'The task is created.');
      void queries.invalidateQueries();
      void navigate({ to: '/tasks/$id', params: { id: made.id }, ignoreBlocker: true });
    },
    onError: async (error) => {
      if (error instanceof Refusal && error.status === 412 && task)
        setTheirs(await queries.query({ ...taskQuery(task.id), staleTime: 0 }));
    },
  });
  useBlocker({
    shouldBlockFn: () => !globalThis.confirm('Leave without saving?'),
    disabled: changes.length === 0 || save.isSuccess,
    enableBeforeUnload: () => changes.length > 0 && !save.isSuccess,
  });
  const editing = useEditingOf(draft, setDraft, save.error);
  return (
    <EditingContext value={editing}>
      <Head title={task ? <Foreign value={`Edit ${task.name}`} most={120} /> : 'New task'}>
        <Switch
          label="Edit as"
          values={['form', 'json']}
          value={tab}
          wordsOf={(each) => (each === 'form' ? 'Form' : 'JSON')}
          onChange={setTab}
        />
        <button
          type="button"
          className={isBlank(draft) ? '' : 'main'}
          disabled={save.isPending || (task !== null && changes.length === 0)}
          onClick={() => save.mutate()}
        >
          {task ? 'Save' : 'Create'}
        </button>
      </Head>
      {save.error && theirs === null && <Faults error={save.error} />}
      <div className="editor">
        <div>{tab === 'form' ? <Form draft={draft} /> : <JsonTab draft={draft} onChange={setDraft} />}</div>
        <aside aria-label="What it means">
          <Previews draft={draft} taskId={task?.id} />
          {task && (
            <Section title="What saving changes">
              <Changes changes={changes} label="Changes" />
            </Section>
          )}
        </aside>
      </div>
      {theirs && (
        <Conflict
          base={base}
          mine={draft}
          theirs={draftOf(theirs)}
          onChoose={(chosen) => {
            setBase({ base: draftOf(theirs), version: theirs.version });
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

const saved = (id: string | undefined, base: Draft, draft: Draft, version: string): Promise<Task> =>
  id === undefined
    ? got(api.POST('/v1/tasks', { body: draft as never }))
    : got(
        api.PATCH('/v1/tasks/{id}', {
          params: { path: { id }, header: { 'If-Match': `"${version}"` } },
          body: patchOf(base, draft) as never,
        }),
      );

function Form({ draft }: { draft: Draft }): ReactNode {
  const triggers = Array.isArray(draft['triggers']) ? (draft['triggers'] as unknown[]) : [];
  return (
    <>
      <Basics />
      <Section title="Triggers">
        {triggers.map((_, index) => (
          <TriggerCard key={String(index)} index={index} isOnly={triggers.length === 1} />
        ))}
        <AddTrigger count={triggers.length} />
      </Section>
      <ActionCard />
      <Policies />
    </>
  );
}

function AddTrigger({ count }: { count: number }): ReactNode {
  const { set } = useEditing();
  return (
    <button type="button" onClick={() => set(`/triggers/${count}`, { type: 'interval', everyMs: 3_600_000 })}>
      Add a trigger
    </button>
  );
}

/** All that is wrong; a click goes to the field, where the form has one. */
function Faults({ error }: { error: Error }): ReactNode {
  const faults = error instanceof Refusal ? error.faults : [];
  if (faults.length === 0) return <Fault error={error} />;
  const go = (pointer: string): void =>
    document.querySelector<HTMLElement>(`[data-pointer="${CSS.escape(pointer)}"]`)?.focus();
  return (
    <div className="fault" role="alert">
      <p>It is not saved:</p>
      <ul className="plain">
        {faults.map(({ pointer = '', detail }) => (
          <li key={`${pointer} ${detail}`}>
            <button type="button" className="link" onClick={() => go(pointer)}>
              <Foreign value={labelOf(pointer)} most={120} />
            </button>{' '}
            <Foreign value={faultWords(detail)} />
          </li>
        ))}
      </ul>
    </div>
  );
}
