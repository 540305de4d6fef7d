import { existsSync } from 'node:fs';
import { askOnTerminal, type ConnectionOptions, findLogin } from '../connection.ts';
import { InterruptedError, UsageError } from '../errors.ts';
import { readSystemFile, typedPath } from '../files.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { print, printJson, warn } from '../output.ts';
import { type SubjectOptions, subjectOf, Verb } from '../verb.ts';

type Options = ConnectionOptions &
  SubjectOptions & { readonly config?: string; readonly out?: string; readonly yes?: true };

/** `gdpr record`: what a real Nexthink answers, with stand-ins, as fixtures of tests. Its code is loaded on use. */
export const record = new Verb('record', 'Record answers of your Nexthink. Stand-ins replace what is personal.')
  .withSubject()
  .withAccounts()
  .option('--out <FOLDER>', 'new folder for the fixtures; without it only the report is shown')
  .option('--config <FILE>', 'configuration file; default: that of the system that runs here')
  .option('--yes', 'write without asking')
  .withLogin()
  .example('gdpr record --user gdpr-test --config gdpr.yaml --out recording', {
    1: 'failed, or not written',
    5: 'nothing found',
  })
  .does<Options>(async ({ config, out, yes, json, ...options }) => {
    const folder = out === undefined ? undefined : typedPath(out);
    if (folder && existsSync(folder)) throw new UsageError('--out must name a new folder');
    const file = config === undefined ? (await readSystemFile())?.config : typedPath(config);
    if (file === undefined) throw new UsageError('--config FILE is missing: it names your Portal API and Engines');
    const signal = listenForInterrupt();
    const login = await findLogin(options, undefined, signal);
    const { recordFrom, writeRecording } = await import('../../local/record/desk.ts');
    const { reportLines } = await import('../../local/record/report.ts');
    try {
      const recording = recordFrom(file, '.local', subjectOf(options), login);
      const prepared = await Promise.race([recording, interruption(signal)]);
      if (json) printJson(prepared.report);
      else for (const line of reportLines(prepared.report)) print(line);
      if (prepared.report.rows === 0) warn('Nothing was found under this name. `gdpr who` shows whom a name may mean.');
      if (prepared.report.rows === 0) return 5;
      if (!folder || !(yes || (await isAgreed(signal)))) {
        warn(folder ? 'Nothing was written.' : 'Nothing was written: there is no --out FOLDER.');
        return folder ? 1 : 0;
      }
      writeRecording(folder, prepared);
      warn('The fixtures are written. Read docs/recording.md before you send them to anybody.');
      return 0;
    } catch (error) {
      if (!(error instanceof Error && ['RecordError', 'ConfigError'].includes(error.name))) throw error;
      for (const line of error.message.split('\n')) warn(`gdpr: ${line}`);
      return 1;
    }
  });

/** Never resolves: the process ends with a recording that is interrupted, and nothing is written. */
const interruption = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new InterruptedError()));
  });

async function isAgreed(signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  return /^y(es)?$/i.test((await askOnTerminal('Write these fixtures? [y/N] ', false, signal)).trim());
}
