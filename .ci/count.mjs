/** Prints the counts of jest's JSON result as the last line; ends with 1 unless everything that ran passed. */
import { readFileSync } from 'node:fs';

const [file, status] = process.argv.slice(2);

function resultsOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    console.error('The tests left no result.');
    process.exit(1);
  }
}

const results = resultsOf(file);
// A suite that could not even be loaded has no failed test of its own, but it failed.
const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
const skipped = results.numPendingTests + results.numTodoTests;
const broken = status !== '0' || !results.success;
if (broken && failed === 0) console.error('The tests did not end well although none failed.');
console.log(`${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = broken || failed > 0 || results.numPassedTests === 0 ? 1 : 0;
