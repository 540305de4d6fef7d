import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long, whatever their size: whole systems, databases, browsers, archives of many gigabytes. */
const LONG = /\/test\/(e2e|model|chaos|console|local|cli)\/|\/portal\/|large|adapters/;

/** Those that take half a minute or more. */
const MINUTES = new RegExp(
  [
    '/e2e/(walk|oracle|retrieve|cancel|faults|killed-worker|hostile-caps|anonymize-restart|kindness|records)[.]',
    '/model/life[.]|/archive/(large|adapters)|/anonymize/|/engines/(retrieval/wrong-answers|fifty-spellings)[.]',
  ].join('|'),
);

/** Every call of AWS in every test is compared with the rights of the functions. */
const RECORDED = process.env.GDPR_TEST_DEEP === '1' || process.env.GDPR_RECORD_CALLS !== undefined;

/** The long ones first: one that came last would run alone. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => (MINUTES.test(moduleId) ? 0 : LONG.test(moduleId) ? 1 : 2);
    return [0, 1, 2].flatMap((wanted) => sorted.filter((file) => rank(file) === wanted));
  }
}

export default defineConfig({
  test: {
    environment: 'node',
    // Compiled code of packages and of TypeScript is kept: processes that tests start load it, as do those that run tests.
    env: { NODE_COMPILE_CACHE: resolve(import.meta.dirname, 'build/compile-cache') },
    pool: 'forks',
    execArgv: ['--min-semi-space-size=64', '--max-semi-space-size=64'], // megabytes: most objects live shorter than it takes to fill them
    maxWorkers: 4, // on two cores: two often wait for a pause or a deadline to pass
    sequence: { sequencer: LongFirst },
    testTimeout: 180_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    include: ['test/**/*.test.ts'],
    setupFiles: RECORDED ? ['test/support/permissions/record-suite.ts'] : [],
    globalSetup: RECORDED ? ['test/support/permissions/whole-suite.ts'] : [],
    isolate: false, // a file leaves nothing at work behind: the next one of its process finds loaded and compiled what it imports
  },
});
