import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, got } from '../../api/client.ts';
import type { Draft } from '../../forms/draft.ts';
import { Section } from '../../ui/parts.tsx';
import { Foreign } from '../../ui/text.tsx';
import { At } from '../../ui/time.tsx';
import { faultWords, labelOf } from './labels.ts';

/** What may not be meant of the whole task, and when it starts by all of its triggers together. */
export function Warnings({ draft, taskId }: { draft: Draft; taskId: string | undefined }): ReactNode {
  const { data } = useQuery({
    queryKey: ['check', draft, taskId],
    staleTime: 10_000,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const body = { task: draft, ...(taskId !== undefined && { id: taskId }) };
      return got(api.POST('/v1/tasks/check', { body: body as never, signal }));
    },
  });
  if (!data) return null;
  const { errors, warnings, triggers, merged } = data;
  if (errors.length + warnings.length === 0 && triggers.length < 2) return null;
  return (
    <Section title={errors.length > 0 ? 'Before it can be saved' : 'The whole task'}>
      <ul className="plain" aria-label="What to mind">
        {errors.map(({ pointer, detail }) => (
          <li key={`${pointer} ${detail}`}>
            <b>
              <Foreign value={labelOf(pointer)} most={120} />
            </b>{' '}
            <Foreign value={faultWords(detail)} most={300} />
          </li>
        ))}
        {warnings.map(({ pointer, detail }) => (
          <li className="warning" key={`${pointer} ${detail}`}>
            <Foreign value={detail} most={500} />
          </li>
        ))}
      </ul>
      {triggers.length > 1 && merged.length > 0 && (
        <>
          <h3>All triggers together</h3>
          <ul className="plain lines" aria-label="The next starts of all triggers">
            {merged.slice(0, 5).map((run) => (
              <li key={run.at}>
                <At at={run.at} />
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}
