/**
 * `npm test`: every check, none left out because another one failed. Ends with `N passed, N failed` on a line of its own,
 * where types, lint, build and synthesis count as one check each. The short ones run beside the tests, which often wait.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as z from 'zod';

const REPORT = 'build/test-report.json';

/** A file system in memory. */
const MEMORY = '/dev/shm';
const FOLDER = 'nexthink-gdpr-tests-';
/** The tests hold some 0.3 GiB of temporary files at a time; they go to memory where this much is free. */
const MIN_FREE_BYTES = 2 * 2 ** 30;

/** What is read of vitest's own report. */
const Report = z.object({ numPassedTests: z.int(), numTotalTests: z.int() });

/** Passed and failed checks. A test that neither passed nor failed counts as failed: nothing may be skipped. */
interface Count {
  readonly passed: number;
  readonly failed: number;
}

/** Runs a program to its end; what it says is shown at once. */
async function succeeds(title: string, command: string, args: readonly string[]): Promise<boolean> {
  console.log(`\n== ${title}`);
  const green = await ends(spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] }), command);
  if (!green) console.log(`== ${title}: FAILED`);
  return green;
}

/** The same with what it says shown at its end, so that it does not mix with that of others. */
async function check(title: string, command: string, args: readonly string[]): Promise<Count> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [green, out, errors] = await Promise.all([ends(child, command), text(child.stdout), text(child.stderr)]);
  console.log(`\n== ${title}\n${out}${errors}${green ? '' : `== ${title}: FAILED`}`);
  return green ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function ends(child: ReturnType<typeof spawn>, command: string): Promise<boolean> {
  try {
    const [code] = await once(child, 'close');
    return code === 0;
  } catch (error) {
    console.log(`${command} could not be started: ${(error as Error).message}`);
    return false;
  }
}

/**
 * A folder for the temporary files of the tests, in memory where it has room: databases, tables and objects that live for
 * seconds cost less time there than on a disk. Folders of runs that were killed are removed first.
 */
function temporaryFolder(): string {
  const hasRoom = () => {
    const { bavail, bsize } = statfsSync(MEMORY);
    return Math.min(bavail * bsize, process.availableMemory()) > MIN_FREE_BYTES;
  };
  const parent = existsSync(MEMORY) && hasRoom() ? MEMORY : tmpdir();
  for (const name of readdirSync(parent).filter((each) => each.startsWith(FOLDER))) {
    if (!runs(Number.parseInt(name.slice(FOLDER.length), 10)))
      rmSync(join(parent, name), { recursive: true, force: true });
  }
  const folder = mkdtempSync(join(parent, `${FOLDER}${process.pid}-`));
  chmodSync(folder, 0o711); // PostgreSQL enters it with an account of its own
  return folder;
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function runTests(): Promise<Count> {
  rmSync(REPORT, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${REPORT}`];
  const folder = temporaryFolder();
  process.env.TMPDIR = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const green = await succeeds('tests', 'vitest', ['run', ...reporters]);
  try {
    const { numPassedTests: passed, numTotalTests: total } = Report.parse(JSON.parse(readFileSync(REPORT, 'utf8')));
    if (green && passed < total) console.log(`== tests: FAILED, ${total - passed} did not run`);
    return { passed, failed: Math.max(total - passed, green ? 0 : 1) };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

mkdirSync('build', { recursive: true });
const bundles = await check('bundles of the functions', 'node', ['local/build.ts']);
const page = await check('page of the console', 'node', ['local/build-console.ts']);
const counts = await Promise.all([
  bundles,
  page,
  runTests(),
  check('types', 'tsc', ['--singleThreaded', '-p', '.']),
  check('types of the console', 'tsc', ['--singleThreaded', '-p', 'console']),
  check('lint and format', 'biome', ['check', '--error-on-warnings', '.']),
  check('synthesis of the AWS stacks', 'cdk', ['synth', '--quiet', '-c', 'config=infra/examples/public.json']),
]);
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
