import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import { Refusal } from '../../api/client.ts';
import { Effect } from './impact.tsx';
import { untold } from './quotas.ts';

vi.mock('../../app/base.ts', () => ({ BASE: '', API: '', isHostSignIn: false }));

const textOf = (...quotas: object[]): string => {
  const queries = new QueryClient();
  queries.setQueryData(['settings-impact', {}], { tasks: [], quotas, pools: [], truncated: false });
  return renderToStaticMarkup(
    <QueryClientProvider client={queries}>
      <Effect draft={{}} />
    </QueryClientProvider>,
  ).replace(/<[^>]+>/g, '');
};

it('more than a quota would allow stops what the quota is about, and nothing else', () => {
  const quota = { before: null, after: 2, used: 3, isOver: true };
  expect(textOf({ name: 'tasks', ...quota })).toBe(
    'Tasks: no limit → 2, 3 in use: more than it would allow; no task can be created until there are fewer',
  );
  expect(textOf({ name: 'concurrentRuns', ...quota })).toBe(
    'Runs at once: no limit → 2, 3 in use: more than it would allow; no further run starts until there is less',
  );
});

it('an amount has its unit', () => {
  expect(textOf({ name: 'payloadBytes', before: 2048, after: 1024, used: null, isOver: false })).toBe(
    'Size of a payload, in bytes: 2,048 → 1,024',
  );
});

it('only what the service refuses as wrong could not be saved', () => {
  expect(untold(new Refusal(400, 'No such zone.'))).toBe('It could not be saved: No such zone.');
  for (const error of [new Refusal(0, 'Away.'), new Refusal(503, 'Away.'), new Error('Away.')])
    expect(untold(error)).toBe('What saving would do is not known: Away.');
});
