import { randomUUID } from 'node:crypto';
import { chownSync, mkdirSync, statSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { accessKeyOf, FAKE_CREDENTIALS, REGION } from '../names.ts';
import type { TemplateVariables } from './limits.ts';

/** What a process of a function is started with. */
export interface Confined {
  readonly workerFile: string;
  readonly bundleFile: string;
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
}

/** The account without rights. Only root may run a process as another. */
const NOBODY = 65_534;
/** Modes of folders and files. */
const READ_ONLY = 0o555;
const ENTER_ONLY = 0o711;
const OWN = 0o755;

/**
 * What Lambda gives a function: a folder of its own bundle that it cannot change, a `/tmp` to write to, the variables of its template
 * and those of Lambda itself. The process runs as an account without rights where this one is root, else as this one; in both cases
 * Node itself refuses to write elsewhere and to start programs (its permission model).
 */
export class LambdaImage {
  readonly #folder: string;
  readonly #execPath: string;
  readonly #as = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

  private constructor(folder: string, execPath: string) {
    this.#folder = folder;
    this.#execPath = execPath;
  }

  /** @param bundleDir holds `<name>/index.mjs` of each function */
  static async make(bundleDir: string, names: readonly string[], workerFile: string): Promise<LambdaImage> {
    const folder = await mkdtemp(join(isOpenToAll(tmpdir()) ? tmpdir() : '/var/tmp', 'gdpr-lambda-'));
    for (const name of names) await cp(join(bundleDir, name), join(folder, 'task', name), { recursive: true });
    await mkdir(join(folder, 'runtime'));
    await copyFile(workerFile, join(folder, 'runtime/lambda-worker.mjs'));
    const execPath = isOpenToAll(process.execPath) ? process.execPath : join(folder, 'runtime/node');
    if (execPath !== process.execPath) await copyFile(process.execPath, execPath);
    for (const part of ['task', 'runtime']) await changeModes(join(folder, part), READ_ONLY);
    await mkdir(join(folder, 'tmp'));
    for (const each of [folder, join(folder, 'tmp')]) await chmod(each, ENTER_ONLY);
    return new LambdaImage(folder, execPath);
  }

  /**
   * One more process of a function.
   * @param own values of the stand-ins, by variable; with the endpoints, which on AWS the names of the services stand for
   * @throws the template refers to a resource that has no stand-in
   */
  confine(
    name: string,
    memoryMb: number,
    variables: TemplateVariables,
    own: Readonly<Record<string, string>>,
  ): Confined {
    const tmp = join(this.#folder, 'tmp', randomUUID());
    mkdirSync(tmp, { mode: 0o700 });
    if (this.#as.uid !== undefined) chownSync(tmp, NOBODY, NOBODY);
    const task = join(this.#folder, 'task', name);
    return {
      workerFile: join(this.#folder, 'runtime/lambda-worker.mjs'),
      bundleFile: join(task, 'index.mjs'),
      execPath: this.#execPath,
      execArgv: ['--permission', '--allow-fs-read=*', `--allow-fs-write=${tmp}/*`],
      cwd: task,
      environment: { ...ofTemplate(name, variables, own), ...ofLambda(name, memoryMb, task), TMPDIR: tmp },
      ...this.#as,
    };
  }

  async stop(): Promise<void> {
    for (const part of ['task', 'runtime']) await changeModes(join(this.#folder, part), OWN);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function ofTemplate(name: string, variables: TemplateVariables, own: Readonly<Record<string, string>>) {
  const values = Object.entries(variables).map(([variable, value]) => {
    const given = own[variable] ?? value;
    if (typeof given !== 'string') throw new Error(`${name}: nothing here stands for ${variable} of the template`);
    return [variable, given] as const;
  });
  const endpoints = Object.entries(own).filter(([variable]) => variable.startsWith('AWS_ENDPOINT_URL_'));
  return Object.fromEntries([...values, ...endpoints]);
}

/** Source: Lambda, "Defined runtime environment variables"; what only the runtime itself reads is left out. */
const ofLambda = (name: string, memoryMb: number, task: string): Record<string, string> => ({
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
  LAMBDA_TASK_ROOT: task,
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ACCESS_KEY_ID: accessKeyOf(name),
  AWS_SECRET_ACCESS_KEY: FAKE_CREDENTIALS.secretAccessKey,
  AWS_SESSION_TOKEN: `session-of-${name}`,
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: 'local',
});

/** Whether every account may run a program, that is enter each folder above it. */
function isOpenToAll(file: string): boolean {
  for (let path = file; ; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

async function changeModes(path: string, mode: number): Promise<void> {
  const entries = statSync(path).isDirectory() ? await readdir(path) : [];
  if (mode === OWN) await chmod(path, mode);
  for (const entry of entries) await changeModes(join(path, entry), mode);
  if (mode !== OWN) await chmod(path, mode);
}
