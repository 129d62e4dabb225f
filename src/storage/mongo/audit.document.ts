import { Schema } from 'mongoose';
import type { AuditRecord } from '../../audit/audit-entry.js';
import type { AuditFilter, Checkpoint } from '../../audit/audit.store.js';

/** An entry of the trail; its id is its hash, by which a writer recognises its own entry. */
export interface AuditDocument extends Omit<AuditRecord, 'hash' | 'seal'> {
  _id: string;
  /** Missing in entries of versions that did not seal. */
  seal?: string | null;
}

/** Checkpoints of earlier versions have neither instant nor fault. */
export interface CheckpointDocument
  extends Omit<Checkpoint, 'at' | 'broken'>, Partial<Pick<Checkpoint, 'at' | 'broken'>> {
  _id: string;
}

/** The single document with the run up to which outcomes are in the trail. */
export interface AuditOutcomesDocument {
  _id: 'position';
  at: number;
  run: string;
}

const text = { type: String, required: true };
const number = { type: Number, required: true };

export const auditSchema = new Schema(
  {
    _id: text,
    organization: text,
    sequence: number,
    at: number,
    actor: text,
    action: text,
    objects: [text],
    body: text,
    seal: String,
  },
  { collection: 'audit', versionKey: false },
);

const checkpoint = {
  ...{ _id: text, organization: text, kind: text, sequence: number, hash: text, keyId: text, signature: text },
  ...{ at: Number, broken: { type: { sequence: Number, reason: String }, _id: false } },
};

export const auditCheckpointSchema = new Schema(checkpoint, { collection: 'auditCheckpoints', versionKey: false });

export const auditBirthSchema = new Schema(checkpoint, { collection: 'auditBirths', versionKey: false });

export const auditOutcomesSchema = new Schema(
  { _id: text, at: number, run: text },
  { collection: 'auditOutcomes', versionKey: false },
);

export const toAuditDocument = ({ hash, ...record }: AuditRecord): AuditDocument => ({ _id: hash, ...record });

export const toAuditRecord = ({ _id, seal = null, ...document }: AuditDocument): AuditRecord => ({
  hash: _id,
  seal,
  ...document,
});

export const checkpointId = (organization: string, kind: Checkpoint['kind']): string =>
  JSON.stringify([organization, kind]);

export const toCheckpoint = ({ _id, at = null, broken = null, ...document }: CheckpointDocument): Checkpoint => ({
  at,
  broken,
  ...document,
});

export const auditQuery = (organization: string, { actor, action, object, from, to }: AuditFilter) => ({
  organization,
  ...(actor !== undefined && { actor }),
  ...(action !== undefined && { action }),
  ...(object !== undefined && { objects: object }),
  ...((from !== undefined || to !== undefined) && {
    at: { ...(from !== undefined && { $gte: from }), ...(to !== undefined && { $lt: to }) },
  }),
});
