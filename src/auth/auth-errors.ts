import { TaskRunnerError } from '../domain/errors.js';
import type { Role } from './roles.js';

/** There is no token, or it is not good. The message never holds a part of the token. */
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

/** The caller's roles do not include the one that is required, or the caller does not run the installation. */
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

/** Somebody asks too often; after `retryAfterS` seconds they are listened to again. */
export class RateLimitedError extends TaskRunnerError {
  readonly code = 'rate-limited';

  constructor(
    message: string,
    readonly retryAfterS: number,
  ) {
    super(`${message} Try again in ${retryAfterS} s.`);
  }
}

/** The identity provider's keys cannot be had, so that no token of its can be judged. */
export class KeysUnavailableError extends TaskRunnerError {
  readonly code = 'keys-unavailable';

  constructor() {
    super('The keys that verify tokens cannot be fetched at the moment.');
  }
}
