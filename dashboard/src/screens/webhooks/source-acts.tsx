import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useActs } from '../../acts/use-acts.ts';
import { api, got, type Schemas } from '../../api/client.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { Removal } from '../../ui/removal.tsx';
import { Foreign } from '../../ui/text.tsx';
import { tell } from '../../ui/toasts.tsx';
import { startsWords } from './words.ts';

/** Tries, stops, resumes and removes a source. */
export function SourceActs({ source }: { source: Schemas['WebhookSourceResponse'] }): ReactNode {
  const acts = useActs();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<'test' | 'stop' | null>(null);
  const path = { id: source.id };
  const enable = (enabled: boolean): Promise<unknown> =>
    acts.do(async () => {
      await got(api.PATCH('/v1/webhook-sources/{id}', { params: { path }, body: { enabled } as never }));
      tell(enabled ? 'It takes calls.' : 'It takes no calls.', () => void enable(!enabled));
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
      <button type="button" onClick={() => setAsking('test')}>
        Send a test…
      </button>
      <button type="button" onClick={() => (source.enabled ? setAsking('stop') : void enable(true))}>
        {source.enabled ? 'Stop taking calls…' : 'Take calls again'}
      </button>
      {asking === 'test' && (
        <Confirm title="Send a test" act="Send it" onConfirm={() => void test()} onClose={() => setAsking(null)}>
          <p>A signed sample goes through the address, as a call of the sender does.</p>
          <p>
            <Foreign value={startsWords(source.event)} most={300} />
          </p>
        </Confirm>
      )}
      {asking === 'stop' && (
        <Confirm
          title="Stop taking calls"
          act="Stop taking calls"
          onConfirm={() => void enable(false)}
          onClose={() => setAsking(null)}
        >
          <p>Whatever the sender calls is refused, until the source takes calls again.</p>
        </Confirm>
      )}
      <Removal what="source" onRemove={() => void remove()}>
        Its address answers nobody from then on, and its secrets are gone.
      </Removal>
    </>
  );
}
