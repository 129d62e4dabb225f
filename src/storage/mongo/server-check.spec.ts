import { describe, expect, it } from '@jest/globals';
import type { mongo } from 'mongoose';
import { SettingsError } from '../../domain/errors.js';
import { demandSupported, indexingOn, serverOf } from './server-check.js';

const answering = (hello: object, version: string): mongo.Db =>
  ({ command: ({ hello: asked }: { hello?: 1 }) => Promise.resolve(asked ? hello : { version }) }) as never;

describe('the server of a store on MongoDB', () => {
  it.each(['4.4.29', '5.0.31'])('must not be of version %s', async (version) => {
    const server = await serverOf(answering({}, version));
    const demand = () => demandSupported(server, 'MongoDB at db:27017');
    expect(demand).toThrow(SettingsError);
    expect(demand).toThrow(`MongoDB at db:27017 is of version ${version}: the runner needs MongoDB 6.0 or later.`);
  });

  it.each(['6.0.0', '7.0.14', '8.0.4', '10.1.0', 'unknown'])('may be of version %s', async (version) => {
    expect(() => demandSupported({ version, isReplicated: false }, 'MongoDB')).not.toThrow();
  });

  it('has to have an index on most of its members, where it has several', async () => {
    const [set, cluster, single] = [{ setName: 'rs0' }, { msg: 'isdbgrid' }, {}];
    expect(indexingOn(await serverOf(answering(set, '7.0.0')))).toEqual({ commitQuorum: 'majority' });
    expect(indexingOn(await serverOf(answering(cluster, '7.0.0')))).toEqual({ commitQuorum: 'majority' });
    // A single server refuses it.
    expect(indexingOn(await serverOf(answering(single, '7.0.0')))).toEqual({});
  });
});
