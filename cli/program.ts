import packageJson from '../package.json' with { type: 'json' };
import { anonymize } from './commands/anonymize.ts';
import { approve } from './commands/approve.ts';
import { archive } from './commands/archive.ts';
import { audit } from './commands/audit.ts';
import { cancel } from './commands/cancel.ts';
import { certificate } from './commands/certificate.ts';
import { completion } from './commands/completion.ts';
import { deadline } from './commands/deadline.ts';
import { deny } from './commands/deny.ts';
import { engines } from './commands/engines.ts';
import { events } from './commands/events.ts';
import { list } from './commands/list.ts';
import { login } from './commands/login.ts';
import { portal } from './commands/portal.ts';
import { preview } from './commands/preview.ts';
import { rerun } from './commands/rerun.ts';
import { retrieve } from './commands/retrieve.ts';
import { status } from './commands/status.ts';
import { Verb } from './verb.ts';

/** The verbs of the command line, in the order of the help. */
const VERBS: Readonly<Record<string, readonly Verb[]>> = {
  'Data of one user or device:': [retrieve, rerun, preview, anonymize],
  'Requests:': [list, status, cancel, approve, deny, login, deadline],
  'Proof:': [events, audit, certificate, archive],
  'System:': [engines, portal, completion],
};

/** The command line with all its verbs. */
export const program = new Verb('gdpr', 'Retrieve or anonymize the data of one user or one device.')
  .usage('<verb> [options]')
  .version(packageJson.version, '--version', 'show the version')
  .commandsGroup('System:')
  .helpCommand('help [verb]', 'Show the help of a verb')
  .enablePositionalOptions()
  .addHelpText(
    'after',
    `
\`gdpr <verb> --help\` shows options, an example and exit codes. In the folder of the
project write \`npm run -s gdpr -- <verb>\`, or see \`completion\`.`,
  );
for (const [group, verbs] of Object.entries(VERBS)) {
  for (const verb of verbs) program.addCommand(verb.helpGroup(group));
}
