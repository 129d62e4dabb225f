/**
 * Measures the runner beside its peers, all on this machine and in this run, and writes bench/RESULTS.md.
 *
 *   npm run bench                         everything, five rounds
 *   npm run bench -- --peer-rounds 1       the peers only once (some take minutes)
 *   npm run bench -- --rounds 1 --only burst-1000,takeover --contenders runner-sqlite,agenda --dry
 *
 * MONGODB_URI and REDIS_URL say where MongoDB and Redis are. Contenders whose server is not given are left out.
 * --dry prints the figures without writing the file.
 */
import { parseArgs } from 'node:util';
import { contendersHere } from './contenders/registry.js';
import { describeMachine } from './machine.js';
import { writeReport } from './report.js';
import { SCENARIOS } from './scenarios/registry.js';
import { rawLimits } from './scenarios/raw-limits.js';
import { median } from './statistics.js';

const PATIENCE_MS = 300_000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    'peer-rounds': { type: 'string' },
    only: { type: 'string' },
    contenders: { type: 'string' },
    dry: { type: 'boolean', default: false },
  },
});

const chosen = (names, item) => names === undefined || names.split(',').includes(item);

/** The median of each figure over the rounds. */
function medians(rounds) {
  return Object.fromEntries(
    Object.keys(rounds[0]).map((figure) => [figure, median(rounds.map((round) => round[figure]))]),
  );
}

/** A contender that hangs makes its scenario fail, not the whole run. */
async function withinPatience(work, { patienceMs = PATIENCE_MS }) {
  let timer;
  const patience = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${patienceMs} ms`)), patienceMs);
  });
  return Promise.race([work, patience]).finally(() => clearTimeout(timer));
}

async function measure(scenario, contender) {
  const rounds = [];
  const asked = contender.name === 'runner' ? values.rounds : (values['peer-rounds'] ?? values.rounds);
  const wanted = scenario.once ? 1 : Number(asked);
  for (let round = 0; round < wanted; round++) {
    try {
      rounds.push(await withinPatience(scenario.run(contender), scenario));
    } catch (error) {
      console.error(`${scenario.name}, ${contender.label}: ${error.message}`);
    }
  }
  return rounds.length > 0 ? { ...medians(rounds), rounds: rounds.length } : null;
}

const contenders = contendersHere().filter(({ label }) => chosen(values.contenders, label));
const scenarios = SCENARIOS.filter(({ name }) => chosen(values.only, name));
const began = new Date();
const results = [];
for (const scenario of scenarios) {
  for (const contender of contenders.filter(({ label }) => !scenario.without?.includes(label))) {
    const figures = await measure(scenario, contender);
    console.log(`${scenario.name} · ${contender.label}: ${JSON.stringify(figures)}`);
    results.push({ scenario, contender, figures });
  }
}
const limits = [];
if (chosen(values.only, 'raw')) {
  for (const contender of contenders.filter(({ name }) => name === 'runner')) {
    limits.push({ contender, figures: await rawLimits(await contender.freshStore()) });
    console.log(`raw · ${contender.label}: ${JSON.stringify(limits.at(-1).figures)}`);
  }
}
for (const contender of contenders) await contender.clear();
if (!values.dry) await writeReport({ results, limits, machine: describeMachine(began, new Date()) });
process.exit();
