import { BY_SKIP } from '../../../src/domain/skip.js';
import { BegunSkips } from '../../../src/scheduling/dispatch/begun-skips.js';
import type { Mutation } from './mutation.js';

const isTold = ({ reason }: { reason: string }): boolean => !reason.startsWith(BY_SKIP);

const FAULTS: Mutation[] = [
  {
    name: 'a skip is answered although its occurrence has begun',
    instance: (assembly) => {
      const begun = assembly.get(BegunSkips);
      begun.has = () => Promise.resolve(false);
      begun.settled = (task) => Promise.resolve(task);
    },
  },
  {
    name: 'the claim after a skipped occurrence does not tell of it',
    path: (stores) => {
      const open = stores.runs.open.bind(stores.runs);
      stores.runs.open = (claims, tellings) =>
        open(
          claims.map((claim) => ({ ...claim, ledger: claim.ledger.filter(isTold) })),
          tellings,
        );
      return stores;
    },
  },
  {
    name: 'a skip is kept by the instance that was asked alone',
    path: (stores) => {
      const replace = stores.tasks.replace.bind(stores.tasks);
      stores.tasks.replace = (organization, { skips: _skips, ...task }, ...rest) =>
        replace(organization, task, ...rest);
      return stores;
    },
  },
];

/** Known faults of skipped occurrences; the simulation has to find each of them. */
export const SKIP_FAULTS: Mutation[] = FAULTS.map((fault) => ({ ...fault, skipping: true }));
