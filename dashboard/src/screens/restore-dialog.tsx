import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, got, type Task } from '../api/client.ts';
import { taskQuery } from '../api/queries.ts';
import { Changes } from '../forms/changes.tsx';
import { changesOf, patchOf, type Draft } from '../forms/draft.ts';
import { Dialog, DialogActs } from '../ui/dialog.tsx';
import { Empty, Fault } from '../ui/parts.tsx';
import { tell } from '../ui/toasts.tsx';
import { draftOf } from './editor/task-draft.ts';

/** What a version says of what can be written; versions name no queue where it is the usual one. */
const draftIn = (definition: object): Draft => draftOf({ queue: 'default', ...definition } as Task);

/** Makes a task what it was after a change, by what differs; somebody else's change meanwhile stops it. */
export function RestoreDialog({
  taskId,
  sequence,
  onClose,
}: {
  taskId: string;
  sequence: number;
  onClose: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const task = useQuery(taskQuery(taskId));
  const version = useQuery({
    queryKey: ['version', taskId, sequence],
    retry: false,
    queryFn: () =>
      got(
        api.GET('/v1/tasks/{id}/versions/{version}', { params: { path: { id: taskId, version: String(sequence) } } }),
      ),
  });
  const then = version.data && draftIn(version.data.definition);
  const now = task.data && draftOf(task.data);
  const go = useMutation({
    mutationFn: () =>
      got(
        api.PATCH('/v1/tasks/{id}', {
          params: { path: { id: taskId }, header: { 'If-Match': `"${task.data!.version}"` } },
          body: patchOf(now!, then!) as never,
        }),
      ),
    onSuccess: () => {
      void queries.invalidateQueries();
      tell('The task is as it was then.');
      onClose();
    },
  });
  const fault = version.error ?? task.error ?? go.error;
  const changes = now && then ? changesOf(now, then) : [];
  return (
    <Dialog title="Restore this version" onClose={onClose}>
      {fault && <Fault error={fault} />}
      {now && then && changes.length === 0 && <Empty>The task is defined so already.</Empty>}
      {changes.length > 0 && (
        <>
          <p>The task becomes what it was after this change. Its secrets and whether it is paused stay as they are.</p>
          <Changes changes={changes} label="What becomes different" />
        </>
      )}
      <DialogActs onClose={onClose}>
        <button
          type="button"
          className="main"
          disabled={changes.length === 0 || go.isPending}
          onClick={() => go.mutate()}
        >
          Restore
        </button>
      </DialogActs>
    </Dialog>
  );
}
