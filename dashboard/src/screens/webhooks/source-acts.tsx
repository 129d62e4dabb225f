import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useActs } from '../../acts/use-acts.ts';
import { api, got, type Schemas } from '../../api/client.ts';
import { Removal } from '../../ui/removal.tsx';
import { tell } from '../../ui/toasts.tsx';

/** Tries, closes, opens and removes a source. */
export function SourceActs({ source }: { source: Schemas['WebhookSourceResponse'] }): ReactNode {
  const acts = useActs();
  const navigate = useNavigate();
  const path = { id: source.id };
  const enable = (enabled: boolean): Promise<unknown> =>
    acts.do(async () => {
      await got(api.PATCH('/v1/webhook-sources/{id}', { params: { path }, body: { enabled } as never }));
      tell(enabled ? 'It is open.' : 'It is closed.', () => void enable(!enabled));
    });
  const test = (): Promise<unknown> =>
    acts.do(async () => {
      await got(api.POST('/v1/webhook-sources/{id}/test', { params: { path }, body: {} }));
      tell('A signed test was sent through the address.');
    });
  const remove = (): Promise<unknown> =>
    acts.do(async () => {
      await got(api.DELETE('/v1/webhook-sources/{id}', { params: { path } }));
      tell('The source is removed.');
      void navigate({ to: '/webhooks' });
    });
  return (
    <>
      <button type="button" onClick={() => void test()}>
        Send a test
      </button>
      <button type="button" onClick={() => void enable(!source.enabled)}>
        {source.enabled ? 'Close' : 'Open'}
      </button>
      <Removal what="source" onRemove={() => void remove()}>
        Its address answers nobody from then on, and its secrets are gone.
      </Removal>
    </>
  );
}
