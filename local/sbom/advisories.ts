import { execFile } from 'node:child_process';
import * as z from 'zod';
import { deployedPackages } from './main.ts';

/** What is read of `npm audit --json`, when the registry has answered the question. */
const Audit = z.looseObject({
  vulnerabilities: z.record(
    z.string(),
    z.looseObject({ name: z.string(), severity: z.string(), range: z.string(), nodes: z.array(z.string()) }),
  ),
});

/** When it has not. */
const Refusal = z.looseObject({ statusCode: z.int() });

/** Asks the registry. @returns undefined when npm's answer is no JSON */
function audit(): Promise<unknown> {
  const args = ['audit', '--omit=dev', '--json'];
  return new Promise((resolve) => {
    // The exit code tells how much was found; the document says what.
    execFile('npm', args, { maxBuffer: 64 * 1024 * 1024 }, (_error, stdout) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        resolve(undefined);
      }
    });
  });
}

function sayUnanswered(answer: unknown): void {
  const { statusCode } = Refusal.safeParse(answer).data ?? {};
  console.error(
    [
      `The registry did not answer \`npm audit\`${statusCode ? ` (HTTP ${statusCode})` : ''}: nothing was checked.`,
      'Before a release, run this on a machine where it does, or name another registry:',
      '  npm run advisories --registry=URL -- --required',
    ].join('\n'),
  );
}

/**
 * Exit codes: 0 nothing is known, or the registry did not answer, so that a build elsewhere goes on; 1 a package of a bundle has
 * an advisory; 3 the registry did not answer, with `--required`.
 */
const answer = await audit();
const found = Audit.safeParse(answer).data;
if (!found) {
  sayUnanswered(answer);
  process.exitCode = process.argv.includes('--required') ? 3 : 0;
} else {
  const deployed = new Set((await deployedPackages()).map(({ folder }) => folder));
  for (const { name, severity, range, nodes } of Object.values(found.vulnerabilities)) {
    const isDeployed = nodes.some((folder) => deployed.has(folder));
    console.log(`${severity}  ${name} ${range}  ${isDeployed ? 'in a bundle' : 'on one machine alone'}`);
    if (isDeployed) process.exitCode = 1;
  }
  console.log(`${Object.keys(found.vulnerabilities).length} advisories`);
}
