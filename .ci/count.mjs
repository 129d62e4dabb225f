/**
 * Prints which tests failed and, as the last line, the counts of jest's JSON results: `count.mjs STATUS RESULT [SECOND]`.
 * SECOND is the result of the failed suites, run once more by themselves. Exits with 1 unless everything that ran passed.
 *
 * @example node .ci/count.mjs --failed RESULT   prints the files of the failed suites instead
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** More failed suites than this are no matter of a busy machine. */
const MOST_SECOND_TRIES = 5;

function suitesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults;
  } catch {
    console.error('The tests left no result.');
    process.exit(1);
  }
}

/** What went wrong, without colours and the places in the code. */
const firstLine = (message) =>
  message
    .replaceAll(/\u001b\[\d+m/g, '')
    .split('\n', 1)[0]
    .slice(0, 300);

/**
 * The tests of a suite in a state, each with what went wrong in it. A suite that failed as a whole, as one that could not be
 * loaded, counts as a failed test.
 */
function testsOf({ name: path, status, message, assertionResults }, state) {
  const name = relative('.', path);
  const tests = assertionResults
    .filter((test) => test.status === state)
    .map(({ fullName, failureMessages }) => [`${name}: ${fullName}`, ...failureMessages.map(firstLine)].join('\n  '));
  return state === 'failed' && status === 'failed' && tests.length === 0
    ? [`${name} failed as a whole\n  ${firstLine(message.trim())}`]
    : tests;
}

const [first, ...files] = process.argv.slice(2);

if (first === '--failed') {
  const failed = suitesOf(files[0]).filter((suite) => testsOf(suite, 'failed').length > 0);
  if (failed.length <= MOST_SECOND_TRIES) console.log(failed.map(({ name }) => name).join('\n'));
} else {
  const [suites, second] = [suitesOf(files[0]), files[1] === undefined ? [] : suitesOf(files[1])];
  const repeated = new Map(second.map((suite) => [suite.name, suite]));
  for (const test of suites.flatMap((suite) => testsOf(suite, 'failed'))) console.log(`Failed: ${test}`);
  for (const test of second.flatMap((suite) => testsOf(suite, 'failed'))) console.log(`Failed by itself, too: ${test}`);
  const final = suites.map((suite) => repeated.get(suite.name) ?? suite);
  const count = (...states) => states.flatMap((state) => final.flatMap((suite) => testsOf(suite, state))).length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('pending', 'todo')];
  const broken = first !== '0';
  if (broken && failed === 0) console.error('The tests did not end well although none failed.');
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = broken || failed > 0 || passed === 0 ? 1 : 0;
}
