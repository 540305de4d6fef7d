import { text } from 'node:stream/consumers';
import { askPassword } from '../connection.ts';
import { UsageError } from '../errors.ts';
import { readSystemFile, typedPath } from '../files.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { printJson, show, warn } from '../output.ts';
import { Verb } from '../verb.ts';

type Options = { readonly config?: string; readonly username?: string; readonly json?: true };

type Desk = typeof import('../../local/config/desk.ts');

const DATA_DIR = '.local';
const CODES = { 1: 'the file, a value or a secret is wrong' };

/** A verb about the operator's file and secrets on this machine. Its code is loaded on use. */
const fileVerb = (name: string, description: string) =>
  new Verb(name, description).option(
    '--config <FILE>',
    'configuration file; default: that of the system that runs here, else .local/gdpr.yaml',
  );

async function atDesk({ config }: Options, work: (desk: Desk, file: string) => void | Promise<void>): Promise<number> {
  const desk = await import('../../local/config/desk.ts');
  const file = config === undefined ? ((await readSystemFile())?.config ?? `${DATA_DIR}/gdpr.yaml`) : typedPath(config);
  try {
    await work(desk, file);
    return 0;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ConfigError')) throw error;
    for (const line of error.message.split('\n')) warn(`gdpr: ${line}`);
    return 1;
  }
}

export const settings = new Verb('settings', 'Check, show or change settings on one machine.')
  .addCommand(
    fileVerb('check', 'Check all fields, the files they name, and that no secret is missing.')
      .example('gdpr settings check --config gdpr.yaml', CODES)
      .does<Options>((options) =>
        atDesk(options, ({ checkFile }, file) => {
          const parts = checkFile(file, DATA_DIR);
          const lines = parts.map(({ name, isReal, place }) => `${name}: ${isReal ? `real, ${place}` : place}`);
          show(options.json, { parts }, lines);
        }),
      ),
  )
  .addCommand(
    fileVerb('get', 'Show all fields that are set, as settings.json for AWS; or the effective value of one.')
      .argument('[FIELD]', 'such as retention.engineDays')
      .example('gdpr settings get retention.engineDays', CODES)
      .does<Options, [string | undefined]>((options, field) =>
        atDesk(options, ({ getSetting }, file) => void printJson(getSetting(file, field))),
      ),
  )
  .addCommand(
    fileVerb('set', 'Change one field of the file. Its comments stay.')
      .argument('<FIELD>', 'such as retention.engineDays')
      .argument('<VALUE>', 'in YAML, such as 30 or [a, b]')
      .example('gdpr settings set retention.engineDays 30', CODES)
      .does<Options, [string, string]>((options, field, value) =>
        atDesk(options, ({ setSetting }, file) => {
          const countsAt = setSetting(file, field, value) ? 'next start' : 'next call';
          show(options.json, { field, countsAt }, [`${field} is set; it counts at the ${countsAt}`]);
        }),
      ),
  );

export const secret = new Verb('secret', 'Set secrets on one machine.').addCommand(
  fileVerb('set', 'Set a secret that the configuration names. Its value comes from a prompt or standard input.')
    .argument('<NAME>', 'such as portal/read')
    .option('--username <NAME>', 'user name of an account; its password is then the value')
    .example('gdpr secret set service-account --username svc-gdpr', CODES)
    .does<Options, [string]>(async (options, name) => {
      const value = process.stdin.isTTY ? await askPassword(name, listenForInterrupt()) : await text(process.stdin);
      const given = value.replace(/\r?\n$/, '');
      if (given === '') throw new UsageError('The secret is empty: type it at the prompt, or pipe it in');
      return await atDesk(options, ({ keepSecretOf }, file) => {
        keepSecretOf(file, DATA_DIR, name, given, options.username);
        show(options.json, { name }, [`${name} is set; it counts at the next call`]);
      });
    }),
);
