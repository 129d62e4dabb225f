import type { mongo } from 'mongoose';
import { MongoCollections, type CollectionName } from './mongo-collections.js';

/** How long the server works on one query of a reader before it refuses it as too broad. */
const LONGEST_MS = 2000;

/** The query methods, each with the position of its options among its arguments. */
const QUESTIONS: Record<string, number> = { find: 1, findOne: 1, aggregate: 1, countDocuments: 1, distinct: 2 };

/** The collections over the readers' connection; every query has a time limit. */
export class ReadingCollections extends MongoCollections {
  override of<Name extends CollectionName>(name: Name): ReturnType<typeof MongoCollections.prototype.of<Name>> {
    return timed(super.of(name) as unknown as mongo.Collection) as unknown as ReturnType<
      typeof MongoCollections.prototype.of<Name>
    >;
  }
}

const timed = (collection: mongo.Collection): mongo.Collection =>
  new Proxy(collection, {
    get(target, name): unknown {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const place = typeof name === 'string' ? QUESTIONS[name] : undefined;
      if (place === undefined) return member.bind(target) as unknown;
      return (...given: unknown[]): unknown => {
        const values = Array.from({ length: Math.max(place + 1, given.length) }, (_, index) => given[index] ?? {});
        values[place] = Object.assign({ maxTimeMS: LONGEST_MS }, values[place]);
        return Reflect.apply(member, target, values);
      };
    },
  });
