import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import { auditQuery } from '../api/queries.ts';
import { Audit } from './audit.tsx';

const FILTER = { actor: 'somebody' };

vi.mock('../app/base.ts', () => ({ BASE: '', API: '', isHostSignIn: false }));
vi.mock('@tanstack/react-router', () => ({
  Link: () => null,
  getRouteApi: () => ({ useSearch: () => ({ actor: 'somebody' }), useNavigate: () => () => undefined }),
}));

const textOf = (nextCursor: string | null): string => {
  const queries = new QueryClient();
  queries.setQueryData(auditQuery(FILTER).queryKey, { pages: [{ items: [], nextCursor }], pageParams: [undefined] });
  return renderToStaticMarkup(
    <QueryClientProvider client={queries}>
      <Audit />
    </QueryClientProvider>,
  );
};

it('where no entry of the newest fits, one can look further back', () => {
  expect(textOf('there')).toContain('Look further back');
  expect(textOf('there')).not.toContain('No entry fits.');
});

it('where no entry fits at all, that is said', () => {
  expect(textOf(null)).toContain('No entry fits.');
  expect(textOf(null)).not.toContain('Look further back');
});
