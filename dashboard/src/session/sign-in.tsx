import { useState, type SubmitEvent, type ReactNode } from 'react';
import { signIn } from './session.ts';

/** Asks for a token. */
export function SignIn({ reason }: { reason: string | null }): ReactNode {
  const [fault, setFault] = useState<string | null>(reason);
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = form.get('token');
    const token = typeof given === 'string' ? given.trim().replace(/^Bearer\s+/i, '') : '';
    if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token))
      return setFault('That is not a token: it has letters, digits and . _ ~ + / - only.');
    return signIn(token, form.get('keep') === 'tab');
  };
  return (
    <main className="sign-in" id="main">
      <form onSubmit={submit} noValidate>
        <h1>Scheduled Task Runner</h1>
        <p className="muted">Sign in by a token or an API key of your organization.</p>
        <input type="text" name="username" autoComplete="username" defaultValue="token" hidden readOnly />
        <label className="field">
          <span>Token or API key</span>
          <input
            name="token"
            type="password"
            autoComplete="current-password"
            spellCheck={false}
            aria-describedby="sign-in-fault"
          />
        </label>
        <p id="sign-in-fault" className="field-fault" role="alert">
          {fault}
        </p>
        <fieldset>
          <legend>Keep it</legend>
          <label className="check">
            <input type="radio" name="keep" value="tab" defaultChecked /> until this tab is closed
          </label>
          <label className="check">
            <input type="radio" name="keep" value="page" /> for this page only
          </label>
        </fieldset>
        <button type="submit" className="main">
          Sign in
        </button>
        <p className="muted">
          Whoever starts the service by <code>npm start</code> finds a link in its output that signs in by itself.
        </p>
      </form>
    </main>
  );
}
