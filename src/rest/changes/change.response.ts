import { toIso } from '../../domain/instants.js';
import { respond, Shown, ShownInstant } from '../http/expose.js';

/** Where the changes of an organization stand. */
export class ChangesResponse {
  @Shown({ example: '1204', description: 'As Last-Event-ID, a stream tells what changed after this.' })
  cursor!: string;

  @ShownInstant({ description: 'The time of the service.' })
  at!: string;
}

/** Shows a position. */
export const toChangesResponse = (cursor: string, atMs: number): ChangesResponse =>
  respond(ChangesResponse, { cursor, at: toIso(atMs) });
