import { parseArgs } from 'node:util';
import type { LocalOptions } from './options.ts';
import { type LocalSystem, startLocalSystem } from './system.ts';
import { AlreadyRunningError, SystemFile } from './system-file.ts';

const DATA_DIR = '.local';
/** Wanted, so that the address stays the same from start to start; another port is taken when this one is not free. */
const API_PORT = 8080;
const TICKET_PORT = 8081;

/** `npm start`: the whole system on this machine until Ctrl-C. @returns the exit code when it could not start */
async function main(): Promise<number | undefined> {
  const options = readOptions();
  if (!options) return 2;
  let file: SystemFile;
  try {
    file = await SystemFile.claim(DATA_DIR);
  } catch (error) {
    if (!(error instanceof AlreadyRunningError)) throw error;
    console.error(error.message);
    return 1;
  }
  const signalled = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve(signal));
  });
  process.on('uncaughtException', (error) => console.error(describe(error)));
  try {
    console.log('Starting ...');
    const started = performance.now();
    const system = await startLocalSystem({
      ...options,
      dataDir: DATA_DIR,
      apiPort: API_PORT,
      ticketPort: TICKET_PORT,
    });
    try {
      await file.publish(system);
      announce(system, (performance.now() - started) / 1000);
      await signalled;
      console.log('\nStopping ...');
    } finally {
      await system.stop();
    }
  } catch (error) {
    console.error(`The system could not start: ${(error as Error).message}`);
    return 1;
  } finally {
    await file.release();
  }
  return undefined;
}

/** A failure that nobody caught: where it was, without its message, which may quote data. */
function describe({ name, stack = '' }: Error): string {
  const frames = stack.split('\n').filter((line) => line.trimStart().startsWith('at '));
  return [`A piece of the system failed: ${name}`, ...frames].join('\n');
}

function readOptions(): LocalOptions | undefined {
  try {
    const { values } = parseArgs({
      options: {
        engines: { type: 'string' },
        rows: { type: 'string' },
        seed: { type: 'string' },
        delay: { type: 'string' },
        'engine-timeout': { type: 'string' },
        fault: { type: 'string', multiple: true },
        'portal-url': { type: 'string' },
        'portal-mapping': { type: 'string' },
      },
    });
    const { engines, rows, seed, delay: delayMs, 'engine-timeout': engineTimeoutSeconds, fault: faults } = values;
    const given = Object.entries({ engines, rows, seed, delayMs, engineTimeoutSeconds }).filter(
      ([, text]) => text !== undefined,
    );
    const counts = given.map(([name, text]) => {
      if (!/^\d+$/.test(text!)) throw new Error(`${name} must be a whole number`);
      return [name, Number(text)];
    });
    const [url, mapping] = [values['portal-url'], values['portal-mapping']];
    if ((url === undefined) !== (mapping === undefined))
      throw new Error('--portal-url and --portal-mapping go together');
    if (url !== undefined && URL.parse(url)?.password)
      throw new Error('--portal-url must not hold a password: set PGPASSWORD, or use the file ~/.pgpass');
    return {
      ...Object.fromEntries(counts),
      ...(faults && { faults }),
      ...(url && mapping && { portal: { url, mapping } }),
    };
  } catch (error) {
    console.error(`${(error as Error).message}
Usage: npm start -- [--engines N] [--rows R] [--seed S] [--fault ENGINE=KIND]... [--delay MS] [--engine-timeout SECONDS] [--portal-url postgresql://host:5432/database --portal-mapping FILE]`);
    return undefined;
  }
}

function announce(system: LocalSystem, seconds: number): void {
  const { apiUrl, consoleLogin, otherPeople, ticketsUrl, login, users, devices, portal } = system;
  const account = ({ username, password }: typeof login): string => `${username} / ${password}`;
  const what = portal.isGiven
    ? 'The Engines are simulated; the Portal database is your own.'
    : 'Everything here is simulated: no real person, no real Engine.';
  console.log(`Ready after ${seconds.toFixed(1)} s. ${what}

  Console            ${apiUrl}/
  Console login      ${account(consoleLogin)}
  Other people       ${otherPeople.map(account).join(', ')}
  Ticket system      ${ticketsUrl}/
  Nexthink account   ${account(login)}   (asked for by the dialogs)
  Sample users       ${users.slice(0, 4).join(', ')}
  Sample devices     ${devices.slice(0, 4).join(', ')}

  npm run gdpr -- retrieve --user ${users[0]} --out gdpr-data.tar.gz

Ctrl-C stops it; what was stored stays in ${DATA_DIR}/.`);
}

const exitCode = await main();
process.exit(exitCode ?? 0);
