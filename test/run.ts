/**
 * `npm test`: every check in turn, none left out because an earlier one failed. Ends with `N passed, N failed` on a line of
 * its own, where types, lint, build and synthesis count as one check each.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import * as z from 'zod';

const REPORT = 'build/test-report.json';

/** What is read of vitest's own report. */
const Report = z.object({ numPassedTests: z.int(), numTotalTests: z.int() });

/** Passed and failed checks. A test that neither passed nor failed counts as failed: nothing may be skipped. */
interface Count {
  readonly passed: number;
  readonly failed: number;
}

function succeeds(title: string, command: string, args: readonly string[]): boolean {
  console.log(`\n== ${title}`);
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) console.log(`${command} could not be started: ${error.message}`);
  if (status !== 0) console.log(`== ${title}: FAILED`);
  return status === 0;
}

function check(title: string, command: string, args: readonly string[]): Count {
  return succeeds(title, command, args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function runTests(): Count {
  rmSync(REPORT, { force: true });
  const green = succeeds('tests', 'vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile=${REPORT}`]);
  try {
    const { numPassedTests: passed, numTotalTests: total } = Report.parse(JSON.parse(readFileSync(REPORT, 'utf8')));
    if (green && passed < total) console.log(`== tests: FAILED, ${total - passed} did not run`);
    return { passed, failed: Math.max(total - passed, green ? 0 : 1) };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

mkdirSync('build', { recursive: true });
const counts = [
  check('types', 'tsc', ['-p', '.']),
  check('lint and format', 'biome', ['check', '--error-on-warnings', '.']),
  check('bundles of the functions', 'node', ['local/build.ts']),
  runTests(),
  check('synthesis of the AWS stack', 'cdk', ['synth', '--quiet']),
];
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
