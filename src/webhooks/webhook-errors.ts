import { TaskRunnerError } from '../domain/errors.js';
import type { SignatureFault } from './schemes/signature-scheme.js';

const SENTENCES: Record<SignatureFault, string> = {
  signature: 'The request does not have the signature that its webhook source demands.',
  stale: 'The time that the request was signed with is more than 5 minutes away from now.',
};

/** The request of a sender is not signed as it has to be. The message holds nothing of a secret or a signature. */
export class BadSignatureError extends TaskRunnerError {
  readonly code: 'bad-signature' | 'stale-signature';

  constructor(fault: SignatureFault) {
    super(SENTENCES[fault]);
    this.code = fault === 'stale' ? 'stale-signature' : 'bad-signature';
  }
}

/** The mapping of a source finds no event in a payload. */
export class UnmappedPayloadError extends TaskRunnerError {
  readonly code = 'unmapped-payload';
}
