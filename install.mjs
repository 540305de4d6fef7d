/**
 * Runs before every npm script: installs the npm packages when they are missing or package-lock.json has changed, and
 * with `--test` the Debian packages that tests need. Built-ins of Node 20 only: nothing else may be there yet.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const LOCK = join(ROOT, 'package-lock.json');
const MODULES = join(ROOT, 'node_modules');
const MARKER = join(MODULES, '.installed-lock');

/** Programs that tests call, by the Debian package that brings them; one of `names` is enough. */
const TEST_TOOLS = [
  { names: ['chromium', 'chromium-browser', 'google-chrome'], debianPackage: 'chromium' },
  { names: ['bsdtar'], debianPackage: 'libarchive-tools' },
  { names: ['python3'], debianPackage: 'python3' },
  { names: ['busybox'], debianPackage: 'busybox' },
  { names: ['pigz'], debianPackage: 'pigz' },
  { names: ['7z'], debianPackage: 'p7zip-full' },
];

const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);

/** PATH without the packages' own programs: `npm ci` must not run on the Node that it is about to replace. */
const systemPath = folders.filter((folder) => !folder.endsWith(join('node_modules', '.bin'))).join(delimiter);

function isOnPath(name) {
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (error) console.error(`${command} could not be started: ${error.message}`);
  return status === 0;
}

/** True when every package of the lock is there in its version, as after an `npm install` by hand. */
function modulesAgree() {
  const hidden = join(MODULES, '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  const wanted = Object.entries(JSON.parse(readFileSync(LOCK, 'utf8')).packages);
  return wanted.every(([path, { version, optional }]) => !path || optional || installed[path]?.version === version);
}

function installPackages() {
  const hash = createHash('sha256').update(readFileSync(LOCK)).digest('hex');
  if (existsSync(MARKER) && readFileSync(MARKER, 'utf8') === hash) return true;
  if (!modulesAgree()) {
    console.error('Installing the npm packages of package-lock.json (about a minute) ...');
    if (!run('npm', ['ci', '--loglevel=error', '--no-audit', '--no-fund'], { PATH: systemPath })) {
      console.error('npm ci failed; its message is above. Is the network there, and is npm 10 or later on the PATH?');
      return false;
    }
  }
  writeFileSync(MARKER, hash);
  return true;
}

function installTestTools() {
  const missing = TEST_TOOLS.filter(({ names }) => !names.some(isOnPath)).map(({ debianPackage }) => debianPackage);
  if (missing.length === 0) return true;
  const list = missing.join(' ');
  if (process.getuid?.() !== 0 || !isOnPath('apt-get')) {
    console.error(`The tests need ${list}. On Debian: sudo apt-get install --no-install-recommends ${list}`);
    return false;
  }
  console.error(`Installing what the tests need: ${list} ...`);
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
  const installed =
    run('apt-get', ['update', '-qq'], quiet) &&
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], quiet);
  if (!installed) console.error(`apt-get could not install ${list}; its message is above`);
  return installed;
}

const ready = installPackages() && (!process.argv.includes('--test') || installTestTools());
process.exitCode = ready ? 0 : 1;
