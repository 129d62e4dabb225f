import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import { taskQuery } from '../api/queries.ts';
import { meQuery } from '../session/session.ts';
import { SkipButton } from './skip.tsx';

vi.mock('../app/base.ts', () => ({ BASE: '', API: '', isHostSignIn: false }));

const offered = (role: string, state: string, isSkipped: boolean): string => {
  const queries = new QueryClient();
  queries.setQueryData(meQuery.queryKey, { roles: [role] } as never);
  queries.setQueryData(taskQuery('t').queryKey, { id: 't', state } as never);
  return renderToStaticMarkup(
    <QueryClientProvider client={queries}>
      <SkipButton taskId="t" at="2030-01-01T00:00:00.000Z" isSkipped={isSkipped} />
    </QueryClientProvider>,
  ).replace(/<[^>]+>/g, '');
};

it('an occurrence of a paused task can be put back, and not be skipped', () => {
  expect(offered('operator', 'active', false)).toBe('Skip…');
  expect(offered('operator', 'paused', false)).toBe('');
  expect(offered('operator', 'paused', true)).toBe('Put back');
});

it('whom it is forbidden is offered nothing', () => {
  for (const isSkipped of [true, false]) expect(offered('viewer', 'active', isSkipped)).toBe('');
});
