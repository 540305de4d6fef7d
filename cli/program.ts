import packageJson from '../package.json' with { type: 'json' };
import { anonymize, preview, rehearse } from './commands/anonymize.ts';
import { archive } from './commands/archive.ts';
import { audit } from './commands/audit.ts';
import { certificate } from './commands/certificate.ts';
import { approve, cancel, deadline, deny, handover, login } from './commands/change.ts';
import { completion } from './commands/completion.ts';
import { doctor } from './commands/doctor.ts';
import { device, redirection } from './commands/on-engines.ts';
import { portal } from './commands/portal.ts';
import { record } from './commands/record.ts';
import { download, rerun, retrieve } from './commands/retrieve.ts';
import { secret, settings } from './commands/settings.ts';
import { engines, events, list, status } from './commands/show.ts';
import { who } from './commands/who.ts';
import { Verb } from './verb.ts';

const VERBS: Readonly<Record<string, readonly Verb[]>> = {
  'Data of one user or device:': [who, retrieve, rerun, download, preview, rehearse, anonymize],
  'On the Engines:': [device, redirection],
  'Requests:': [list, status, cancel, approve, deny, login, deadline, handover],
  'Proof:': [events, audit, certificate, archive],
  'System:': [doctor, engines, portal, record, settings, secret, completion],
};

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
for (const [group, verbs] of Object.entries(VERBS)) for (const verb of verbs) program.addCommand(verb.helpGroup(group));
