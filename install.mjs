/**
 * Runs before every npm script: installs the npm packages when they are missing or package-lock.json has changed, and says
 * so before. Without an option those that the system needs to run; with `--all` also those of builds and benchmarks; with
 * `--test` all of them and the Debian packages that tests need, with `--deep` those of the deep tests too. Built-ins of Node 20 only: nothing else may be there yet.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const LOCK = join(ROOT, 'package-lock.json');
const MODULES = join(ROOT, 'node_modules');
/** What is installed: hash of package-lock.json, and `all` or `run`. */
const MARKER = join(MODULES, '.installed-lock');
/** Holds the number of the process that installs. */
const BUSY = join(ROOT, '.installing');
const POLL_MS = 500;
/** No installation takes longer. */
const MAX_INSTALL_MS = 1_800_000;
const MIN_NODE = 24;

const READS = 'archives must open in it';
const GUIDES = 'what the documentation says is typed';
const ANOTHER_S3 = 'archives are also written to an S3 that is not ours';

/** Programs that tests call, by the Debian package that brings them; one of `names` is enough. */
const TEST_TOOLS = [
  {
    names: ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'],
    debianPackage: 'chromium-headless-shell',
    why: 'the console is tested in a browser (about 250 MB)',
  },
  { names: ['curl'], debianPackage: 'curl', why: GUIDES },
  { names: ['jq'], debianPackage: 'jq', why: GUIDES },
  { names: ['openssl'], debianPackage: 'openssl', why: GUIDES },
  { names: ['bsdtar'], debianPackage: 'libarchive-tools', why: READS },
  { names: ['python3'], debianPackage: 'python3', why: READS },
  { names: ['busybox'], debianPackage: 'busybox', why: READS },
  { names: ['pigz'], debianPackage: 'pigz', why: READS },
  { names: ['7z'], debianPackage: 'p7zip-full', why: READS },
];

/** Programs that the deep tests call besides. */
const DEEP_TOOLS = [
  { names: ['psql'], debianPackage: 'postgresql-client', why: 'bench portal is compared with the same SQL by hand' },
  { names: ['radosgw'], debianPackage: 'radosgw', why: ANOTHER_S3 },
  { names: ['ceph-mon'], debianPackage: 'ceph-mon', why: ANOTHER_S3 },
  { names: ['ceph-osd'], debianPackage: 'ceph-osd', why: ANOTHER_S3 },
  { names: ['ceph'], debianPackage: 'ceph-common', why: ANOTHER_S3 },
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

/** Packages of the lock for this machine: all of them, or those that the system needs to run. */
function wantedPackages(all) {
  const packages = Object.entries(JSON.parse(readFileSync(LOCK, 'utf8')).packages);
  const fits = ({ os = process.platform, cpu = process.arch }) =>
    os.includes(process.platform) && cpu.includes(process.arch);
  return packages.filter(([path, about]) => path && fits(about) && (all || !(about.dev || about.devOptional)));
}

/** True when every package is there in its version, as after an `npm install` by hand. */
function modulesAgree(all) {
  const hidden = join(MODULES, '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  const isNeeded = ([path, { optional }]) => !optional || path.startsWith('node_modules/node-linux-');
  return wantedPackages(all)
    .filter(isNeeded)
    .every(([path, { version }]) => installed[path]?.version === version);
}

const lockHash = () => createHash('sha256').update(readFileSync(LOCK)).digest('hex');

/** What the marker says of this package-lock.json: `all`, `run`, or nothing. */
function installedBefore() {
  const [known, what] = existsSync(MARKER) ? readFileSync(MARKER, 'utf8').split(' ') : [];
  return known === lockHash() ? what : undefined;
}

const isInstalled = (all) => (all ? ['all'] : ['all', 'run']).includes(installedBefore());

function installPackages(all) {
  if (isInstalled(all)) return true; // another process has just done it
  const before = installedBefore();
  if (!modulesAgree(all)) {
    const what = all ? 'run, test and build' : 'run';
    const size = all ? 'about 1 GB, a minute' : 'about 400 MB, half a minute';
    console.error(
      `Installing ${wantedPackages(all).length} npm packages of package-lock.json into node_modules/: what it takes to ${what} this system (${size}) ...`,
    );
    // Packages are added to those that are there, which a system that runs may be using.
    const args =
      before === 'run' ? ['install', '--no-save', '--include=dev'] : ['ci', all ? '--include=dev' : '--omit=dev'];
    if (!run('npm', [...args, '--loglevel=error', '--no-audit', '--no-fund'], { PATH: systemPath })) {
      console.error(
        `npm ${args[0]} failed; its message is above. Is the network there, and is npm 10 or later on the PATH?`,
      );
      return false;
    }
  }
  if (!hasNode()) return false;
  writeFileSync(MARKER, `${lockHash()} ${all ? 'all' : 'run'}`);
  return true;
}

/** Does the work while no other process does it in this folder: `npm ci` of two would remove each other's files. */
function alone(work) {
  const own = `${BUSY}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    for (let waits = false; !takes(own); waits = true) {
      if (!waits) console.error('Another process installs the packages of this folder; waiting for it ...');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
    }
    try {
      return work();
    } finally {
      rmSync(BUSY, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Takes the turn, also that of a process that is gone or has had it for long; false while another one has it. */
function takes(own) {
  try {
    linkSync(own, BUSY);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  try {
    const holder = Number(readFileSync(BUSY, 'utf8'));
    // In a container the number of the holder that was killed may be ours now.
    const isStale = holder === process.pid || Date.now() - statSync(BUSY).mtimeMs > MAX_INSTALL_MS;
    if (isStale) rmSync(BUSY, { force: true });
    else process.kill(holder, 0);
  } catch (error) {
    if (error.code === 'ESRCH') rmSync(BUSY, { force: true });
    else if (!['ENOENT', 'EPERM'].includes(error.code)) throw error; // EPERM: it runs, as another user
  }
  return false;
}

function installTestTools() {
  const needed = process.argv.includes('--deep') ? [...TEST_TOOLS, ...DEEP_TOOLS] : TEST_TOOLS;
  const tools = needed.filter(({ names }) => !names.some(isOnPath));
  if (tools.length === 0) return true;
  const missing = tools.map(({ debianPackage }) => debianPackage);
  const list = missing.join(' ');
  if (process.getuid?.() !== 0 || !isOnPath('apt-get')) {
    console.error(`The tests need ${list}. On Debian: sudo apt-get install --no-install-recommends ${list}`);
    return false;
  }
  console.error('Installing the Debian packages that the tests need (a minute or two) ...');
  for (const { debianPackage, why } of tools) console.error(`  ${debianPackage}: ${why}`);
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
  const installed =
    run('apt-get', ['update', '-qq'], quiet) &&
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], quiet);
  if (!installed) console.error(`apt-get could not install ${list}; its message is above`);
  return installed;
}

/** The packages bring Node 24 for Linux; another system must have it. */
function hasNode() {
  const { stdout } = spawnSync('node', ['--version'], {
    env: { ...process.env, PATH: [join(MODULES, '.bin'), systemPath].join(delimiter) },
    encoding: 'utf8',
  });
  if (Number(/^v(\d+)/.exec(stdout ?? '')?.[1]) >= MIN_NODE) return true;
  console.error(
    `Node ${MIN_NODE} is needed, and no package brings it for ${process.platform}-${process.arch}: install it first.`,
  );
  return false;
}

const tests = process.argv.includes('--test');
const all = tests || process.argv.includes('--all');
const installed = isInstalled(all) || alone(() => installPackages(all));
process.exitCode = installed && (!tests || installTestTools()) ? 0 : 1;
