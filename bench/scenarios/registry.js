import { fanOut, instant, places } from './fairness.js';
import { future } from './future.js';
import { burst, runNow, single, steady } from './lateness.js';
import { readers } from './readers.js';
import { storeByRest } from './rest.js';
import { takeover } from './takeover.js';
import { throughput } from './throughput.js';

const isRunner = ({ name }) => name === 'runner';
const PEERS = ['agenda', 'bullmq'];

/**
 * All scenarios. `figure` is the figure to compare, `better` says whether less or more is better, and `patienceMs` is how long
 * the scenario may take, if that differs from the usual time.
 */
export const SCENARIOS = [
  ...[100, 1000, 5000].map((count) => ({
    name: `burst-${count}`,
    title: `Start lateness, ${count.toLocaleString('en')} occurrences of one instant (ms)`,
    figure: 'p99',
    better: 'less',
    run: (contender) => burst(contender, { count }),
  })),
  {
    name: 'hold',
    title: 'Start lateness, 1,000 of one instant, each holding 2 s (ms)',
    figure: 'p99',
    better: 'less',
    run: (contender) => burst(contender, { count: 1000, holdMs: 2000 }),
  },
  {
    name: 'single',
    title: 'Start lateness, a single occurrence while idle (ms)',
    figure: 'p99',
    better: 'less',
    run: (contender) => single(contender, {}),
  },
  {
    name: 'run-now',
    title: 'From asking for a run to its start while idle (ms)',
    figure: 'p50',
    better: 'less',
    run: (contender) => runNow(contender, {}),
  },
  {
    name: 'steady',
    title: '200 tasks due each second for 30 s (ms)',
    figure: 'p99',
    better: 'less',
    run: (contender) => steady(contender, {}),
  },
  ...[1, 2, 4].map((processes) => ({
    name: `throughput-${processes}`,
    title: `A backlog worked off by ${processes} process${processes > 1 ? 'es' : ''} (runs a second)`,
    figure: 'perSecond',
    better: 'more',
    run: (contender) => throughput(contender, { count: contender.name === 'agenda' ? 4000 : 50_000, processes }),
  })),
  {
    name: 'takeover',
    title: 'kill -9 with 100 running: running again elsewhere, defaults (ms)',
    figure: 'p50',
    better: 'less',
    once: true,
    run: (contender) => takeover(contender, {}),
  },
  {
    name: 'takeover-2s',
    title: 'kill -9 with 100 running: the same with a lock life of 2 s (ms)',
    figure: 'p50',
    better: 'less',
    without: PEERS,
    run: (contender) => takeover(contender, { lockLifeMs: 2000 }),
  },
  {
    name: 'rest',
    title: 'Tasks stored by REST, one a request (tasks a second)',
    figure: 'perSecond',
    better: 'more',
    without: PEERS,
    run: (contender) => storeByRest(contender, {}),
  },
  ...[100_000, 1_000_000].map((count) => ({
    name: `future-${count}`,
    title: `${count.toLocaleString('en')} tasks due next week`,
    figure: 'storedPerSecond',
    better: 'more',
    once: true,
    patienceMs: 300_000 + count,
    without: count > 100_000 ? PEERS : [],
    run: (contender) =>
      future(contender, { count: isRunner(contender) || contender.name === 'bullmq' ? count : 10_000 }),
  })),
  {
    name: 'readers',
    title: '5,000,000 runs: the slowest GET, and 200 tasks due each second beside ten readers (ms)',
    figure: 'besideP99',
    better: 'less',
    once: true,
    patienceMs: 3_600_000,
    without: PEERS,
    run: (contender) => readers(contender, { runs: Number(process.env.READERS_RUNS ?? 5_000_000) }),
  },
  ...[
    ['places', 'Beside 2,000 tasks of another organization that hold their places', places],
    ['instant', 'Beside 100,000 tasks of another organization due at the same instant', instant],
    ['fan-out', 'Beside events of another organization whose runs raise them again', fanOut],
  ].map(([name, title, run]) => ({
    name,
    title: `${title}: the starts of one task each second (ms)`,
    figure: 'max',
    better: 'less',
    without: PEERS,
    run: (contender) => run(contender, {}),
  })),
];
