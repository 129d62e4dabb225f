import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, useEffect, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { refused, Refusal } from './api/client.ts';
import { isHostSignIn } from './app/base.ts';
import { showTheme } from './app/preferences.ts';
import { router } from './app/router.tsx';
import { useStore } from './app/store.ts';
import { session, signInByLink, signOut } from './session/session.ts';
import { SignIn } from './session/sign-in.tsx';
import './styles.css';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1000,
      // What the service has refused stays refused; what it did not hear is asked again at the next turn.
      retry: (count, error) => count < 2 && error instanceof Refusal && error.status >= 500,
      networkMode: 'always',
    },
  },
});

function App(): ReactNode {
  const { isIn, reason } = useStore(session);
  const isRefused = useStore(refused);
  useEffect(() => {
    if (isRefused === null) return;
    signOut(
      isHostSignIn
        ? 'The application does not know you. Sign in there, or by a token.'
        : 'The service does not accept the token: it may have ended.',
    );
  }, [isRefused]);
  useEffect(() => {
    if (!isIn) queries.clear();
  }, [isIn]);
  if (!isIn) return <SignIn reason={reason} key={reason} />;
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}

// Its address is relative to that of the page, which changes.
const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
if (icon) icon.href = new URL(icon.href).href;

showTheme();
await signInByLink();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <App />
    </CSPProvider>
  </StrictMode>,
);
