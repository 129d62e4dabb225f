import { expect, it } from '@jest/globals';
import { ENGINE } from '../../src/audit/actor.js';
import type { AuditDraft } from '../../src/audit/audit-entry.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { ChainWriter } from '../../src/audit/chain-writer.js';
import { TrailGuard } from '../../src/audit/trail-guard.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine } from '../support/engine-world.js';

const ORGANIZATIONS = 6;
const WRITERS = 4;
const ROUNDS = 4;

const times = (count: number): number[] => [...Array(count).keys()];
const of = <Type>({ module }: EngineInstance, token: abstract new (...parts: never[]) => Type): Type =>
  module.get(token, { strict: false });

const draft = (organization: string, id: string): AuditDraft => ({
  ...{ id, organization, at: T0, actor: ENGINE, action: 'task.created', before: null, after: null },
  ...{ object: { type: 'task', id }, objects: [id] },
});

/** Every writer of the instance adds to the trails of all organizations, one entry after the other, as do the others. */
const writeAll = (instance: EngineInstance, name: string) =>
  times(ORGANIZATIONS).flatMap((organization) =>
    times(WRITERS).map(async (writer) => {
      for (const round of times(ROUNDS)) {
        const entry = draft(`org-${organization}`, `${name}-${writer}-${round}`);
        const chain = of(instance, ChainWriter);
        // As the recorder of requests does, and as the feed of outcomes does.
        if (writer % 2 === 0) await chain.append(entry.organization, [entry]);
        else await chain.appendFresh(entry.organization, () => Promise.resolve([entry]));
      }
    }),
  );

describeEngine('many writers at once', (world) => {
  it.each([1, 2])('of %i instances call no honest trail tampered with, and lose no entry', async (count) => {
    const instances: EngineInstance[] = [];
    for (let booted = 0; booted < count; booted++) instances.push(await world().boot());
    const writing = instances.flatMap((instance) => writeAll(instance, instance.label));
    await world().done(Promise.all(writing));
    expect(instances.map((instance) => of(instance, TrailGuard).alarms)).toEqual(instances.map(() => 0));
    for (const organization of times(ORGANIZATIONS)) {
      const trail = await world().done(of(instances[0]!, AuditService).verify(`org-${organization}`));
      expect(trail).toMatchObject({ valid: true, checked: count * WRITERS * ROUNDS });
    }
    expect(world().logged.filter((line) => line.includes('is not what was written'))).toEqual([]);
  });
});
