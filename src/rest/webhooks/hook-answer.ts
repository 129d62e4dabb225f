import type { DoorAnswer } from '../../webhooks/webhook-door.js';
import { respond } from '../http/expose.js';
import { HookResponse } from './webhook.response.js';

/** What a sender is told: nothing of what its event started. */
export const hookAnswer = (answer: DoorAnswer): HookResponse =>
  respond(HookResponse, answer.kind === 'event' ? { eventId: answer.eventId } : answer.body);
