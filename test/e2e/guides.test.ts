import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../cli/program.ts';
import type { Verb } from '../../cli/verb.ts';
import { Started } from '../support/started.ts';
import { blocksOf, type } from '../support/typed-page.ts';

const PAGES = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

describe('the guides that are followed, not read', () => {
  let folder: string;
  let system: Started;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'guides-'));
    system = new Started('local/main.ts', ['--engines', '2', '--rows', '60'], folder);
    await system.says(/Ctrl-C/);
  }, 120_000);
  afterAll(async () => {
    await system?.stop();
    rmSync(folder, { recursive: true });
  });

  const typed = (blocks: readonly string[], env = {}) => type(folder, blocks, env);

  it('lead an integrator from a token to the archive by curl (R19)', async () => {
    const [secret, id, sent] = [`whsec_${randomBytes(32).toString('base64')}`, randomUUID(), new Date()];
    const body = JSON.stringify({ type: 'gdpr.request.done', data: { requestId: randomUUID() } });
    writeFileSync(join(folder, 'body.json'), body);
    const env = {
      WEBHOOK_SECRET: secret,
      WEBHOOK_ID: id,
      WEBHOOK_TIMESTAMP: String(Math.floor(sent.getTime() / 1000)),
      WEBHOOK_SIGNATURE: new Webhook(secret).sign(id, sent, body),
    };
    const { code, out, err } = await typed(blocksOf('docs/integrator.md'), env);

    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/"name": "jmeyer"/);
    expect(out).toMatch(/"state": "COMPLETED",\s+"daysLeft": (2[89]|3[0-4]),\s+"missing": \[\]/);
    expect(out).toContain('manifest.json');
    expect(out).toContain('"type": "/problems/invalid-input"');
    expect(out).toContain('it is from the GDPR system');
    const forged = await typed(blocksOf('docs/integrator.md').slice(-1), { ...env, WEBHOOK_ID: randomUUID() });
    expect(forged).toMatchObject({ code: 1, out: '' });
  }, 240_000);

  it('lead an evaluator through both functions, and the README with them (R9, R12, R15, R27)', async () => {
    rmSync(join(folder, 'gdpr-data.tar.gz'), { force: true });
    const { code, out, err } = await typed(blocksOf('docs/evaluator.md'));

    expect([code, code === 0 ? '' : err.slice(-1000)]).toEqual([0, '']);
    expect(out).toMatch(/exit code 5/);
    expect(out).toMatch(/^0 rows of the Portal/m);
    expect(out).toMatch(/handover +HR-2026-17/);
    const table = [...readFileSync('README.md', 'utf8').matchAll(/^\| `(npm run gdpr -- [^`]*)`/gm)].map(
      ([, line]) => line!,
    );
    expect(table.length).toBeGreaterThan(4);
    const lines = table.map((line) => line.replace('NAME', 'jmeyer2').replace('FILE', 'other.tar.gz'));
    expect(await typed(lines)).toMatchObject({ code: 0 });
  }, 300_000);

  it('name verbs and options that there are, on every page, and scripts of the project (R19)', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const all = PAGES.flatMap((page) =>
      blocksOf(page).flatMap((block) => commandsIn(block).map((line) => ({ page, line }))),
    );
    const faults = all.flatMap(({ page, line }) =>
      unknownIn(line, scripts).map((fault) => `${page}: ${line}: ${fault}`),
    );

    expect(faults).toEqual([]);
    expect(all.length).toBeGreaterThan(40);
    expect(unknownIn('gdpr retrieve --usr jmeyer', scripts)).toEqual(['--usr']);
    expect(unknownIn('gdpr retreive', scripts)).toEqual(['retreive']);
    expect(unknownIn('npm run begin', scripts)).toEqual(['begin']);
  });
});

/** Commands of the project in a block of shell: comments and continued lines are resolved, substitutions are commands too. */
function commandsIn(block: string): string[] {
  const lines = block.replaceAll(/\\\n/g, ' ').split('\n');
  return lines.flatMap(
    (line) =>
      line
        .replace(/ #.*$/, '')
        .match(/(?<![\w/-])(?:gdpr|npm (?:run (?:-s )?)?\w[\w:]*(?: --)?) [^|;&()>]*|\bnpm (?:start|test)\b/g) ?? [],
  );
}

/** Words of a command that the program does not know. */
function unknownIn(line: string, scripts: Readonly<Record<string, string>>): string[] {
  const [first, ...rest] = line.trim().split(/\s+/);
  let words = rest;
  if (first === 'npm') {
    const [script, ...more] = rest.filter((word) => word !== 'run' && word !== '-s');
    if (!scripts[script!]) return script === 'ci' ? [] : [script!];
    if (script !== 'gdpr') return [];
    words = more.slice(1);
  }
  let verb: Verb = program;
  while (verb.commands.length > 0 && words[0] && !words[0].startsWith('-')) {
    const next = verb.commands.find((each) => each.name() === words[0]);
    if (!next) return [words[0]];
    verb = next as Verb;
    words = words.slice(1);
  }
  const known = [...verb.options.map(({ long }) => long), '--help', '--version'];
  return words
    .filter((word) => word.startsWith('--'))
    .map((word) => word.replace(/=.*/, ''))
    .filter((word) => !known.includes(word));
}
