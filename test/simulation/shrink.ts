import { simulate, type Outcome, type Simulation } from './simulate.js';
import { TROUBLES, type Trouble } from './world/nemesis.js';

/** How many lines of a trace are shown at most. */
const MOST_LINES = 120;

/** Leaves out one kind of trouble after the other, as long as the same guarantee stays violated. */
export async function shrink(simulation: Simulation, { violations }: Outcome): Promise<Simulation> {
  const [{ invariant }] = violations as [Outcome['violations'][number]];
  let smallest = simulation;
  for (const trouble of TROUBLES) {
    const smaller = { ...smallest, without: new Set<Trouble>([...(smallest.without ?? []), trouble]) };
    const outcome = await simulate(smaller);
    if (outcome.violations.some((violation) => violation.invariant === invariant)) smallest = smaller;
  }
  return smallest;
}

/**
 * The report of a failed seed: what was violated, how to reproduce it, and what happened to the tasks and runs
 * concerned.
 */
export async function report(simulation: Simulation): Promise<string> {
  const smallest = await shrink(simulation, await simulate(simulation));
  const { violations, lines } = await simulate({ ...smallest, verbose: true });
  const [first] = violations;
  const without = [...(smallest.without ?? [])];
  // What happened after the first violation explains nothing.
  const end = lines.findIndex((line) => line.includes(' ! '));
  const told = lines
    .slice(0, end < 0 ? undefined : end + 1)
    .filter((line) => /boots|meets|brings|is killed|stopp|ends all/.test(line) || isAbout(line, first?.about));
  return [
    `Seed ${simulation.seed} breaks ${violations.length} times:`,
    ...violations.slice(0, 5).map(({ invariant, what }) => `  ${invariant}: ${what}`),
    `Also with these left out: ${without.join(', ') || 'nothing left out'}`,
    `To see it again: SEED=${simulation.seed} npm test -- test/simulation/simulation.spec.ts`,
    ...told.slice(-MOST_LINES).map((line) => line.slice(0, 400)),
  ].join('\n');
}

const isAbout = (line: string, about: readonly string[] = []): boolean => about.some((id) => line.includes(id));
