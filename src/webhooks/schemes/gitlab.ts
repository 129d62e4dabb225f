import { digestOf } from './macs.js';
import { idIn, textFault, type SignatureScheme } from './signature-scheme.js';
import { isSharedKey, standard } from './standard.js';

const SIGNATURE = 'webhook-signature';

/**
 * GitLab signs as Standard Webhooks say since version 19, and sent the secret itself before. A request with a signature
 * is judged by it alone, and a source whose secret signs takes nothing without a signature.
 */
export const gitlab: SignatureScheme = {
  secretFault: (text) => (text.startsWith('whsec_') ? standard.secretFault(text) : textFault(text)),

  newSecret: () => standard.newSecret(),

  inspect(inspection) {
    const { request, secrets, macs } = inspection;
    const fault = standard.inspect({ ...inspection, secrets: secrets.filter(isSharedKey) });
    if (request.has(SIGNATURE)) return fault;
    const tokens = secrets.filter((secret) => !isSharedKey(secret));
    return macs.matchText(tokens, request.only('x-gitlab-token') ?? '') ? null : 'signature';
  },

  nameOf(request, payload) {
    if (request.has(SIGNATURE)) return standard.nameOf(request, payload);
    const id = idIn(request.only('idempotency-key') ?? request.only('x-gitlab-event-uuid'));
    return { id, identity: id === null ? ['content', digestOf(request.body)] : ['id', id] };
  },

  sign: (secret, body, message) =>
    isSharedKey(secret)
      ? standard.sign(secret, body, message)
      : { 'x-gitlab-token': secret, 'idempotency-key': message.id },
};
