// Prints "passed failed skipped" from vitest's JSON report. A file that could not be run, an error
// outside the tests, and a report that was never written each count as a failure.
import { existsSync, readFileSync } from 'node:fs';

const [report, status] = process.argv.slice(2);
const counts = { passed: 0, failed: 0, skipped: 0 };
if (existsSync(report)) {
  for (const { status: file, assertionResults } of JSON.parse(readFileSync(report)).testResults) {
    const states = assertionResults.map((test) => test.status);
    for (const state of states) {
      if (state === 'passed' || state === 'failed') counts[state]++;
      else counts.skipped++;
    }
    if (file === 'failed' && !states.includes('failed')) counts.failed++;
  }
}
const unreported = status !== '0' || !existsSync(report);
if (unreported && counts.failed === 0) counts.failed = 1;
console.log(counts.passed, counts.failed, counts.skipped);
