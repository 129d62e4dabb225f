import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import { ClockChanges } from './clock-changes.tsx';

vi.mock('../../app/base.ts', () => ({ BASE: '', API: '', isHostSignIn: false }));

const textOf = (answer: object): string => {
  const queries = new QueryClient();
  queries.setQueryData(['clock-changes', 60], answer);
  return renderToStaticMarkup(
    <QueryClientProvider client={queries}>
      <ClockChanges days={60} onDays={() => undefined} />
    </QueryClientProvider>,
  ).replace(/<[^>]+>/g, '');
};

it('says so where no clocks change, and where not all tasks were looked at', () => {
  const none = 'In no time zone of an active task do the clocks change in the next 60 days.';
  expect(textOf({ items: [], truncated: false })).toContain(none);
  expect(textOf({ items: [], truncated: true })).toContain('Not all tasks were looked at');
});
