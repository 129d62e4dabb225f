import { CAUSE_CODES, EVIDENCE_TYPES, FURTHER_OUTCOMES, type Explanation } from '../../explain/explanation.js';
import type { JsonObject } from '../../domain/json.js';
import { toIso } from '../../domain/instants.js';
import { respond, Shown, ShownInstant, ShownObject } from '../http/expose.js';
import { OUTCOMES } from '../ledger/occurrence.response.js';

/** One fact that an explanation rests on. */
export class EvidenceResponse {
  @Shown({ enum: EVIDENCE_TYPES })
  type!: string;

  @Shown({ example: 'The run that was in its way.' })
  detail!: string;

  @ShownObject()
  data!: JsonObject;
}

/** Why an occurrence ran, waits, was late or did not run, in words and in data. */
export class ExplanationResponse {
  @ShownInstant({
    description: 'The nominal time of the occurrence. If the task has none, the instant of the request.',
  })
  at!: string;

  @Shown({
    enum: [...OUTCOMES, ...FURTHER_OUTCOMES],
    description: 'The state of its run, or its outcome in the ledger, or upcoming, overdue or none.',
  })
  outcome!: string;

  @Shown({ enum: CAUSE_CODES, description: 'The cause, for programs.' })
  code!: string;

  @Shown({ description: 'The cause in a few words.', example: 'misfire policy "skip"' })
  reason!: string;

  @Shown({ description: 'What happened, and why.' })
  sentence!: string;

  @Shown({ type: String, nullable: true, description: 'What would have to change; null if nothing has to.' })
  advice!: string | null;

  @Shown({ type: [EvidenceResponse], description: 'The facts behind the explanation.' })
  evidence!: EvidenceResponse[];
}

export const toExplanationResponse = ({ at, ...story }: Explanation): ExplanationResponse =>
  respond(ExplanationResponse, { ...story, at: toIso(at) });
