import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { allVerbs, helpOf, helpPage } from './help-page.ts';
import { runGdpr } from './run-gdpr.ts';

const gdpr = (...args: string[]) => runGdpr(args, { cwd: '.' });
const leaves = allVerbs().filter(({ commands }) => commands.length === 0);

describe('gdpr --help', () => {
  it('lists every verb, and is what a call without a verb shows with exit code 2', async () => {
    const help = await gdpr('--help');
    const bare = await gdpr();

    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(bare).toEqual({ code: 2, stdout: '', stderr: help.stdout });
    for (const verb of allVerbs().filter(({ path }) => path.split(' ').length === 2)) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${verb.name()} .*${verb.summary()}$`, 'm'));
    }
  });

  it('is not too wide for a terminal', () => {
    const lines = allVerbs().flatMap((verb) => helpOf(verb, 80).split('\n'));

    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });
});

describe('gdpr <verb> --help', () => {
  it.each(leaves.map((verb) => [verb.path, verb] as const))('%s: options, an example, exit codes', (path, verb) => {
    const help = helpOf(verb, 80);

    expect(help).toMatch(new RegExp(`^Usage: ${path} \\[options\\]`));
    for (const option of verb.options) expect(help).toContain(`  ${option.flags}`);
    expect(help).toMatch(new RegExp(`^Example:\n  .*${path.replace(' ', '( --)? ')}`, 'm'));
    expect(help).toMatch(/^Exit codes:\n {2}0 {4}\w.*\n {2}1 {4}\w[\s\S]*\n {2}130 {2}interrupted\n$/m);
  });

  it.each(leaves.map((verb) => [verb.path, verb] as const))('%s: every option says what it does', (_path, verb) => {
    expect(verb.options.filter(({ description }) => description === '')).toEqual([]);
    expect(verb.options.map(({ long }) => long)).toContain('--json');
  });

  it('goes to standard output, however it is asked for', async () => {
    const help = helpOf(leaves.find(({ path }) => path === 'gdpr certificate get')!, 80);

    expect(await gdpr('certificate', 'get', '--help')).toEqual({ code: 0, stdout: help, stderr: '' });
    expect((await gdpr('help', 'certificate')).stdout).toContain('gdpr certificate');
  });

  it('is what docs/cli.md shows; `vitest run test/cli/help.test.ts -u` writes it', async () => {
    await expect(helpPage()).toMatchFileSnapshot('../../docs/cli.md');
  });
});

describe('gdpr --version', () => {
  it('prints the version of the package', async () => {
    expect(await gdpr('--version')).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  });
});
