import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FUNCTIONS } from '../../functions/registry.ts';
import { buildFunctions } from '../../local/build.ts';

/** One text of a source file, and what takes its place. */
interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Builds of the functions with one guard removed each. Chaos must see what is then broken. */
export const GUARDS: Readonly<Record<string, readonly Change[]>> = {
  'an archive is called complete although a source failed': [
    {
      file: 'modules/requests/state-machine.ts',
      from: "if (sources.some(mayHaveMore)) return 'COMPLETED_WITH_ERRORS';",
      to: '',
    },
    {
      file: 'modules/archive/contents/compose.ts',
      from: 'complete: missing.length === 0 && gaps.length === 0 && !nothingFound,',
      to: 'complete: true,',
    },
  ],
  'an anonymization commits twice': [
    {
      file: 'modules/portal/anonymize/anonymizer.ts',
      from: 'if (earlier) return earlier;',
      to: '',
    },
    {
      file: 'modules/portal/anonymize/anonymizer.ts',
      from: 'const work = { mapping, policy, requestId, subject, token, isEach, mayStart };',
      to: 'const work = { mapping, policy, requestId: randomUUID(), subject, token, isEach, mayStart: undefined };',
    },
    {
      file: 'modules/portal/anonymize/anonymizer.ts',
      from: 'return run(false).catch((error: unknown) => {',
      to: 'return run(false).then((first) => run(false).then(() => first)).catch((error: unknown) => {',
    },
  ],
  'the sweeper does nothing': [
    { file: 'modules/schedules/sweep.ts', from: 'if (signal?.aborted) break;', to: 'break;' },
  ],
  'a repeat of a call starts a new request': [
    {
      file: 'functions/http/idempotent.ts',
      from: 'const begun = await ports.idempotency.begin(call, mac, ports.newId());',
      to: 'const begun = await ports.idempotency.begin(call + ports.newId(), mac, ports.newId());',
    },
  ],
  'the name is logged': [
    {
      file: 'modules/portal/query-portal.ts',
      from: "const subject = await vault.open(requestId, 'subject');",
      to: "const subject = await vault.open(requestId, 'subject'); console.log(JSON.stringify(subject));",
    },
  ],
};

const PROJECT = resolve(import.meta.dirname, '../..');

/**
 * Builds the functions from a copy of the sources without a guard; the sources stay as they are.
 * @returns the bundles, and what removes the copy
 */
export async function buildWithout(guard: string): Promise<{ bundles: string; remove: () => Promise<void> }> {
  const copy = await mkdtemp(join(tmpdir(), 'gdpr-guard-'));
  for (const room of ['functions', 'modules', 'docs/openapi.json', 'package.json'])
    cpSync(join(PROJECT, room), join(copy, room), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
  for (const { file, from, to } of GUARDS[guard]!) {
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8');
    if (!text.includes(from)) throw new Error(`${file} has no longer: ${from}`);
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
  }
  const source = { root: join(copy, 'functions'), functions: FUNCTIONS };
  const { folder: bundles } = await buildFunctions(join(copy, 'build/functions'), source);
  return { bundles, remove: () => rm(copy, { recursive: true, force: true }) };
}
