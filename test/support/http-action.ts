import { Clock } from '../../src/clock/clock.js';
import { SettableClock } from '../../src/clock/settable-clock.js';
import type { GuardedClient } from '../../src/integrations/http/guarded-client.js';
import { CallSpans } from '../../src/integrations/http/call-spans.js';
import { HttpAction } from '../../src/integrations/http/http.action.js';
import { OAuthTokens } from '../../src/integrations/http/oauth-tokens.js';
import { RequestRoom } from '../../src/integrations/http/request-room.js';
import { TemplateScopes } from '../../src/integrations/templates/scope.js';
import { NoTracing } from '../../src/tracing/tracing.js';
import { attemptSecrets } from './action-world.js';
import { T0 } from './builders.js';

/** The action that makes HTTP requests, by way of this client. */
export function anHttpAction(
  client: GuardedClient,
  scopes = new TemplateScopes(),
  clock: Clock = new SettableClock(T0),
): HttpAction {
  return new HttpAction(
    client,
    new OAuthTokens(client, clock),
    attemptSecrets,
    clock,
    new RequestRoom(2_000_000),
    scopes,
    new CallSpans(new NoTracing()),
  );
}
