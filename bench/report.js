import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';

const FILE = fileURLToPath(new URL('RESULTS.md', import.meta.url));

const number = (value) =>
  Number.isFinite(value) ? value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 100 ? 1 : 0 }) : '–';

const words = (figure) => figure.replace(/([A-Z])/g, ' $1').toLowerCase();

/** How many times better the runner's best figure is than the peer's. */
function ratio({ better }, own, peer) {
  const [small, large] = better === 'less' ? [own, peer] : [peer, own];
  return small > 0 && Number.isFinite(large / small) ? `${number(large / small)} ×` : '–';
}

function section(scenario, rows) {
  const figures = Object.keys(rows.find(({ figures: found }) => found)?.figures ?? {});
  const own = rows.filter(({ contender, figures: found }) => contender.name === 'runner' && found);
  const best = own
    .map(({ figures: found }) => found[scenario.figure])
    .sort((a, b) => (scenario.better === 'less' ? a - b : b - a))[0];
  const lines = rows.map(({ contender, figures: found }) => {
    const peer = contender.name !== 'runner' && found && best !== undefined;
    const cells = figures.map((figure) => (found ? number(found[figure]) : 'failed'));
    return `| ${contender.label} | ${cells.join(' | ')} | ${peer ? ratio(scenario, best, found[scenario.figure]) : ''} |`;
  });
  return [
    `## ${scenario.title}`,
    '',
    `| | ${figures.map(words).join(' | ')} | the runner is better by |`,
    `| --- |${' ---: |'.repeat(figures.length + 1)}`,
    ...lines,
    '',
  ];
}

const limitsOf = (limits) => [
  '## What the stores themselves can do (per second)',
  '',
  ...limits.flatMap(({ contender, figures }) => [
    ...Object.entries(figures).map(
      ([what, value]) => `- ${contender.label.replace('runner-', '')}: ${what}: ${number(value)}`,
    ),
  ]),
];

/** Writes the table of all results, with the ratio of the runner's best figure to each peer's. */
export async function writeReport({ results, limits, machine }) {
  const names = [...new Set(results.map(({ scenario }) => scenario))];
  const text = [
    '# Results',
    '',
    'Written by `npm run bench`. The figures are medians over the rounds. The contenders ran on the same machine, one after the',
    'other, each in a process of its own. Lateness counts from the nominal instant to the first statement of the job.',
    '',
    ...machine.map((line) => `- ${line}`),
    '',
    ...names.flatMap((scenario) =>
      section(
        scenario,
        results.filter((result) => result.scenario === scenario),
      ),
    ),
    ...limitsOf(limits),
  ].join('\n');
  await writeFile(FILE, await format(text, { parser: 'markdown', printWidth: 120 }));
}
