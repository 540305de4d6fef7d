import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type HttpAnswer, sendAnswer } from '../../local/aws/http-answer.ts';
import { staticFile } from '../../local/aws/static-files.ts';
import { buildConsole } from '../../local/build-console.ts';
import { LocalIdentity } from '../../local/identity/local-identity.ts';
import { ScriptedApi } from '../cli/scripted-api.ts';
import { launchBrowser } from '../support/browser.ts';

/** Pixels. */
export const WINDOW = { width: 1280, height: 900 };

/** Texts of the console in a language, by their keys. */
export const textsIn = (language: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../console/texts', `${language}.json`), 'utf8'));

/** Logs in on the issuer's own page. */
export async function logIn(page: Page, identity: LocalIdentity, username = 'operator'): Promise<void> {
  const { password } = identity.people.all.find((person) => person.username === username)!;
  await page.getByRole('button', { name: 'LOG IN' }).click();
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Password').press('Enter');
  await page.getByRole('tab', { name: 'APPLIANCE' }).waitFor();
}

/** Opens the page of the requests, then that of the GDPR, which forgets dialogs and forms. */
export async function startOver(page: Page, origin: string): Promise<void> {
  await page.context().setOffline(false);
  await page.getByRole('tab').waitFor(); // after a reload the issuer is asked first
  for (const [address, part] of Object.entries({ requests: 'table', gdpr: 'section' })) {
    await page.goto(`${origin}/#/${address}`);
    await page.locator(`main ${part}`).first().waitFor();
  }
}

/** Serves the console, a scripted API and an issuer from one origin, and opens browsers on it. */
export class ConsoleHost {
  readonly identity: LocalIdentity;
  /** What answers the calls of the API; a test replaces it. */
  api: ScriptedApi;
  readonly #files: string;
  readonly #folder: string;
  readonly #compresses: boolean;
  readonly #compressed = new Map<string, Buffer>();
  readonly #server: Server;
  readonly #browsers: Browser[] = [];
  #isAway = false;

  /** @param compresses true where files are sent as a host on the network sends them */
  static async start({ compresses = false } = {}): Promise<ConsoleHost> {
    const folder = await mkdtemp(join(tmpdir(), 'gdpr-console-'));
    const host = new ConsoleHost(await buildConsole(), folder, await LocalIdentity.open(folder), compresses);
    await new Promise<void>((resolve) => host.#server.listen(0, '127.0.0.1', resolve));
    host.identity.servedAt(host.origin);
    host.renewApi();
    return host;
  }

  private constructor(files: string, folder: string, identity: LocalIdentity, compresses: boolean) {
    this.#files = files;
    this.#folder = folder;
    this.identity = identity;
    this.#compresses = compresses;
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.api = new ScriptedApi('http://127.0.0.1');
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** An API that has not been called yet. */
  renewApi(): ScriptedApi {
    this.#isAway = false;
    this.api = new ScriptedApi(this.origin);
    this.api.token = undefined;
    return this.api;
  }

  /** Lets nothing answer until it is called again. */
  toggleOutage(): void {
    this.#isAway = !this.#isAway;
    this.#server.closeAllConnections();
  }

  /** A browser of its own with a window that nobody is logged in to. @param flags of Chromium */
  async openBrowser(...flags: readonly string[]): Promise<BrowserContext> {
    const browser = await launchBrowser(...flags);
    this.#browsers.push(browser);
    return browser.newContext({ viewport: WINDOW, locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce' });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#browsers.map((browser) => browser.close()));
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.#folder, { recursive: true });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    if (this.#isAway) request.socket.destroy();
    else if (path.startsWith('/oidc/')) this.identity.openIdConnect(request, response);
    else if (path.startsWith('/v1/') || path.startsWith('/links/')) void this.api.answer(request, response);
    else if (path === '/config.json')
      response.end(JSON.stringify({ ...this.identity.consoleConfig, company: 'Example AG' }));
    else
      void staticFile(this.#files, path).then((file) =>
        sendAnswer(response, file ? this.#asSent(path, file) : { status: 404, headers: {} }, false),
      );
  }

  #asSent(path: string, file: HttpAnswer): HttpAnswer {
    if (!this.#compresses) return file;
    const body = this.#compressed.get(path) ?? gzipSync(file.body!);
    this.#compressed.set(path, body);
    return { ...file, headers: { ...file.headers, 'content-encoding': 'gzip' }, body };
  }
}
