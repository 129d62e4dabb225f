import { TaskRunnerError } from '../domain/errors.js';
import type { Role } from './roles.js';

/** The token is missing or invalid. The message never contains any part of the token. */
export class UnauthenticatedError extends TaskRunnerError {
  readonly code = 'unauthenticated';

  constructor(
    message: string,
    /** Whether there was a token at all. */
    readonly hadToken: boolean,
  ) {
    super(message);
  }
}

/** The caller lacks the required role, or is not the operator of the installation. */
export class ForbiddenError extends TaskRunnerError {
  readonly code = 'forbidden';

  constructor(readonly required: Role | 'installation') {
    super(
      required === 'installation'
        ? 'This is for whoever runs the installation (the claim "installation": "admin"), and no role implies that.'
        : `This requires the role "${required}" or one that includes it.`,
    );
  }
}

/** Somebody sends too many requests; they are accepted again after `retryAfterS` seconds. */
export class RateLimitedError extends TaskRunnerError {
  readonly code = 'rate-limited';

  constructor(
    message: string,
    readonly retryAfterS: number,
  ) {
    super(`${message} Try again in ${retryAfterS} s.`);
  }
}

/** The identity provider's keys are unavailable, so that its tokens cannot be verified. */
export class KeysUnavailableError extends TaskRunnerError {
  readonly code = 'keys-unavailable';

  constructor() {
    super('The keys that verify tokens cannot be fetched at the moment.');
  }
}
