import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../support/command.ts';
import { allVerbs } from '../help-page.ts';

const LOAD = `source <(node ${resolve('cli/main.ts')} completion bash)`;

/** The words that bash offers where the cursor stands: behind the last word. */
async function offered(...words: string[]): Promise<string[]> {
  const [current, previous] = [words.at(-1)!, words.at(-2)!];
  const script = `${LOAD}
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
    _gdpr gdpr '${current}' '${previous}'; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { code, stdout, stderr } = await run('bash', ['--norc', '-c', script]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter(Boolean);
}

describe('gdpr completion bash', () => {
  it('defines gdpr, and is asked when its words are completed', async () => {
    const { stdout } = await run('bash', ['--norc', '-c', `${LOAD}; complete -p gdpr; gdpr --version`]);

    expect(stdout).toBe('complete -o default -F _gdpr gdpr\n0.2.0\n');
  });

  it('offers verbs, verbs of verbs, options and choices', async () => {
    expect(await offered('gdpr', 're')).toEqual(['retrieve', 'rerun', 'rehearse', 'redirection', 'record']);
    expect(await offered('gdpr', 'certificate', '')).toEqual(['get', 'nonce', 'verify', '--help']);
    expect(await offered('gdpr', 'retrieve', '--user', 'anna', '--portal-d')).toEqual(['--portal-data']);
    expect(await offered('gdpr', 'list', '--state', 'AWAITING')).toEqual([
      'AWAITING_APPROVAL',
      'AWAITING_LOGIN',
      'AWAITING_REMOVAL',
    ]);
    expect(await offered('gdpr', 'completion', '')).toContain('zsh');
  });

  it('leaves values and files to the shell', async () => {
    expect(await offered('gdpr', 'retrieve', '--out', '')).toEqual([]);
    expect(await offered('gdpr', 'archive', 'verify', '')).toEqual([]);
    expect(await offered('gdpr', 'archive', 'verify', '--')).toEqual(['--json', '--help']);
  });

  it('takes a name for a name', async () => {
    expect(await offered('gdpr', 'retrieve', '--user', 'cancel', '--portal-d')).toEqual(['--portal-data']);
  });

  it('is valid for both shells and knows every verb', async () => {
    for (const shell of ['bash', 'zsh']) {
      const { stdout } = await run('node', ['cli/main.ts', 'completion', shell]);
      for (const { path } of allVerbs()) expect(stdout).toContain(`'${path}'`);
      const script = stdout.replace(/^whence.*\n/, '');
      expect(await run('bash', ['--norc', '-n', '-c', script])).toEqual({ code: 0, stdout: '', stderr: '' });
    }
    expect((await run('node', ['cli/main.ts', 'completion', 'fish'])).code).toBe(2);
  });
});
