import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readOptions, USAGE, UsageError } from './options.ts';
import { STEPS, smoke } from './smoke.ts';

/**
 * `npm run smoke -- --stack NAME`: what a customer runs after the first deployment (docs/deployment.md).
 * Exit codes: 0 everything works, 1 something is at fault, 2 wrong usage.
 */
try {
  const options = await readOptions(process.argv.slice(2), process.env, STEPS);
  const report = await smoke(options, (line) => console.log(line.replaceAll(/\p{C}/gu, '?')));
  const file = resolve(process.env.INIT_CWD ?? '.', options.report);
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  const faults = report.checks.filter(({ state }) => state === 'fault').length;
  console.log(`\n${report.passed ? 'The system works' : `${faults} faults`}. The report, which names nobody: ${file}`);
  process.exit(report.passed ? 0 : 1); // a step that was given up may still be at work
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}.\n\n${USAGE}`);
  process.exit(2);
}
