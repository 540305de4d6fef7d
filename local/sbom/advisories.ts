import { execFile } from 'node:child_process';
import * as z from 'zod';
import { deployedPackages } from './main.ts';

/** What is read of `npm audit --json`. */
const Audit = z.looseObject({
  vulnerabilities: z.record(
    z.string(),
    z.looseObject({ name: z.string(), severity: z.string(), range: z.string(), nodes: z.array(z.string()) }),
  ),
});

/** Asks the registry. @returns nothing where it does not answer */
function audit(): Promise<z.infer<typeof Audit> | undefined> {
  const args = ['audit', '--omit=dev', '--json'];
  return new Promise((resolve) => {
    // The exit code tells how much was found; the document says what.
    execFile('npm', args, { maxBuffer: 64 * 1024 * 1024 }, (_error, stdout) => {
      try {
        resolve(Audit.safeParse(JSON.parse(stdout)).data);
      } catch {
        resolve(undefined);
      }
    });
  });
}

/** Exit codes: 0 nothing is known, 1 a package of a bundle has an advisory, 3 the registry did not answer. */
const found = await audit();
if (!found) {
  console.error(
    'The registry does not answer `npm audit`: nothing was checked. Run this where it does, before a release.',
  );
  process.exitCode = 3;
} else {
  const deployed = new Set((await deployedPackages()).map(({ folder }) => folder));
  for (const { name, severity, range, nodes } of Object.values(found.vulnerabilities)) {
    const isDeployed = nodes.some((folder) => deployed.has(folder));
    console.log(`${severity}  ${name} ${range}  ${isDeployed ? 'in a bundle' : 'on one machine alone'}`);
    if (isDeployed) process.exitCode = 1;
  }
  console.log(`${Object.keys(found.vulnerabilities).length} advisories`);
}
