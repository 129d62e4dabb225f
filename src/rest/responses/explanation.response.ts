import { CAUSE_CODES, EVIDENCE_TYPES, FURTHER_OUTCOMES, type Explanation } from '../../explain/explanation.js';
import type { JsonObject } from '../../domain/json.js';
import { toIso } from '../../domain/instants.js';
import { respond, Shown, ShownInstant, ShownObject } from './expose.js';
import { OUTCOMES } from './occurrence.response.js';

/** Something that an explanation rests on. */
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
  @ShownInstant({ description: 'Its nominal time; where there is no occurrence, the instant that was asked about.' })
  at!: string;

  @Shown({
    enum: [...OUTCOMES, ...FURTHER_OUTCOMES],
    description: 'What became of it: the state of its run, what the ledger says, or that it is to come or overdue.',
  })
  outcome!: string;

  @Shown({ enum: CAUSE_CODES, description: 'The cause, for programs.' })
  code!: string;

  @Shown({ description: 'The cause in a few words.', example: 'misfire policy "skip"' })
  reason!: string;

  @Shown({ description: 'What happened, and why.' })
  sentence!: string;

  @Shown({ type: String, nullable: true, description: 'What would have to change; null where nothing has to.' })
  advice!: string | null;

  @Shown({ type: [EvidenceResponse], description: 'What the explanation rests on.' })
  evidence!: EvidenceResponse[];
}

export const toExplanationResponse = ({ at, ...story }: Explanation): ExplanationResponse =>
  respond(ExplanationResponse, { ...story, at: toIso(at) });
