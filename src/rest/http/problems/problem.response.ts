import type { Fault } from '../../../domain/errors.js';
import { Shown } from '../expose.js';

/** One fault of a request. */
export class FaultResponse implements Fault {
  @Shown({ required: false, description: 'JSON pointer (RFC 6901) into the body.', example: '/triggers/0/expression' })
  pointer?: string;

  @Shown({
    required: false,
    description: 'The parameter of the query or of the path, or the header.',
    example: 'limit',
  })
  parameter?: string;

  @Shown({ example: 'is not a known member' })
  detail!: string;
}

/** The answer to a failed request (RFC 9457). */
export class ProblemResponse {
  @Shown({ example: 'urn:task-runner:problem:invalid-input' })
  type!: string;

  @Shown({ example: 'Bad Request' })
  title!: string;

  @Shown({ type: 'integer', example: 400 })
  status!: number;

  @Shown({ example: 'The input has a fault; nothing was stored.' })
  detail!: string;

  @Shown({ type: [FaultResponse] })
  errors!: FaultResponse[];
}
