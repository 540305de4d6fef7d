import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exampleText } from './config/explain.ts';
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
  if (options === 'example') {
    process.stdout.write(exampleText());
    return undefined;
  }
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
      byClock: true,
      apiPort: API_PORT,
      ticketPort: TICKET_PORT,
    });
    try {
      await file.publish(system, options.config);
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

/** `npm start` changes to the project's folder; a path means the folder it was typed in. */
const typedPath = (file: string): string =>
  resolve((process.env.npm_lifecycle_event === 'start' && process.env.INIT_CWD) || process.cwd(), file);

function readOptions(): LocalOptions | 'example' | undefined {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string' },
        'config-example': { type: 'boolean' },
        port: { type: 'string' },
        engines: { type: 'string' },
        rows: { type: 'string' },
        seed: { type: 'string' },
        delay: { type: 'string' },
        'engine-timeout': { type: 'string' },
        fault: { type: 'string', multiple: true },
      },
    });
    if (values['config-example']) return 'example';
    const { port, engines, rows, seed, delay: delayMs, 'engine-timeout': engineTimeoutSeconds } = values;
    const { config, fault: faults } = values;
    const given = Object.entries({ port, engines, rows, seed, delayMs, engineTimeoutSeconds }).filter(
      ([, text]) => text !== undefined,
    );
    const counts = given.map(([name, text]) => {
      if (!/^\d+$/.test(text!)) throw new Error(`${name} must be a whole number`);
      return [name, Number(text)];
    });
    return {
      ...Object.fromEntries(counts),
      ...(faults && { faults }),
      ...(config !== undefined && { config: typedPath(config) }),
    };
  } catch (error) {
    console.error(`${(error as Error).message}
Usage: npm start -- [--config FILE] [--port PORT] [--engine-timeout SECONDS]
                    [--engines N] [--rows R] [--seed S] [--fault ENGINE=KIND]... [--delay MS]
       npm run -s start -- --config-example > FILE`);
    return undefined;
  }
}

function announce(system: LocalSystem, seconds: number): void {
  const { apiUrl, issuer, consoleLogin, otherPeople, ticketsUrl, users, devices, parts } = system;
  const account = ({ username, password }: typeof consoleLogin): string => `${username} / ${password}`;
  const isDemo = parts.every(({ isReal }) => !isReal);
  const places = parts.map(({ name, isReal, place }) => `  ${name.padEnd(18)} ${isReal ? `real, ${place}` : place}`);
  const what = isDemo ? 'Everything here is simulated: no real person, no real Engine.' : `\n\n${places.join('\n')}`;
  const desk = ticketsUrl === undefined ? '' : `\n  Ticket system      ${ticketsUrl}/`;
  const people = `Console login      ${account(consoleLogin)}
  Other people       ${otherPeople.map(account).join(', ')}`;
  const logIns = issuer === undefined ? people : `Log-in             at ${issuer}`;
  const samples = `
  Nexthink account   ${users.length > 0 ? account(system.login) : ''}   (asked for by the dialogs)
  Sample users       ${users.slice(0, 4).join(', ')}
  Sample devices     ${devices.slice(0, 4).join(', ')}
`;
  console.log(`Ready after ${seconds.toFixed(1)} s. ${what}

  Console            ${apiUrl}/
  ${logIns}${desk}${users.length > 0 ? samples : '\n'}
  npm run gdpr -- retrieve --user ${users[0] ?? 'NAME'} --out gdpr-data.tar.gz

Ctrl-C stops it; what was stored stays in ${DATA_DIR}/.`);
}

const exitCode = await main();
process.exit(exitCode ?? 0);
