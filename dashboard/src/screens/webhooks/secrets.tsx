import { useState, type ReactNode } from 'react';
import { useActs } from '../../acts/use-acts.ts';
import { api, got, type Schemas } from '../../api/client.ts';
import { useNow } from '../../time/clock.ts';
import { lengthOf } from '../../time/format.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { Once } from '../../ui/once.tsx';
import { Section } from '../../ui/parts.tsx';
import { At } from '../../ui/time.tsx';
import { tell } from '../../ui/toasts.tsx';

/** The secrets of a source: how old, which still count, and a new one in place of the current. */
export function Secrets({ source }: { source: Schemas['WebhookSourceResponse'] }): ReactNode {
  const acts = useActs();
  const now = useNow();
  const [isAsking, setAsking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const path = { id: source.id };
  const rotate = (): void =>
    void acts.do(async () => {
      const made = await got(
        api.PATCH('/v1/webhook-sources/{id}', { params: { path }, body: { secret: null } as never }),
      );
      if (made.secret !== undefined) setSecret(made.secret);
    });
  const end = (id: string): void =>
    void acts.do(async () => {
      await got(api.DELETE('/v1/webhook-sources/{id}/secrets/{secret}', { params: { path: { ...path, secret: id } } }));
      tell('What it signs is refused from now on.');
    });
  return (
    <Section
      title="Secrets"
      aside={
        <button type="button" onClick={() => setAsking(true)}>
          New secret…
        </button>
      }
    >
      <ul className="plain lines">
        {source.secrets.map(({ id, createdAt, endsAt }) => (
          <li key={id}>
            <span>{endsAt === null ? 'The current one' : 'An earlier one'}</span>
            <span className="muted">{lengthOf(Math.max(0, now - Date.parse(createdAt)))} old</span>
            {endsAt !== null && (
              <>
                <span>
                  accepted until <At at={endsAt} />
                </span>
                <button type="button" className="end small" onClick={() => end(id)}>
                  End it now
                </button>
              </>
            )}
          </li>
        ))}
      </ul>
      {isAsking && (
        <Confirm title="A new secret" act="Make a new secret" onConfirm={rotate} onClose={() => setAsking(false)}>
          <p>The current one is accepted for a while, so that the sender can be changed without a gap.</p>
        </Confirm>
      )}
      {secret !== null && <Once title="The new secret" secret={secret} onClose={() => setSecret(null)} />}
    </Section>
  );
}
