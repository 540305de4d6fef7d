import type { Page } from 'playwright-core';
import { ConsoleHost, logIn, textsIn } from '../test/console/console-host.ts';
import { median, spread } from './harness.ts';
import { atMost, type Line, type Results } from './report.ts';

const TIMES = { full: 9, quick: 3 };

const MAX_SECONDS = 1.5;
const MAX_KB = 650;

/** One opening of the page. */
interface Opening {
  readonly seconds: number;
  /** What came over the network, headers included, kB; `files` tells of each. */
  readonly kilobytes: number;
  readonly files: readonly string[];
}

interface Run {
  readonly logIn: Opening;
  readonly cold: Opening;
  readonly warm: Opening;
  readonly german: Opening;
}

/**
 * How soon the first view of the console can be used, and what is transferred for it: each run has a browser of its own, which
 * knows no file of the page. Files are sent with gzip, as a host sends them; page, issuer and API are on this machine.
 */
export async function benchConsole(results: Results): Promise<void> {
  const host = await ConsoleHost.start({ compresses: true });
  try {
    const runs: Run[] = [];
    for (let time = 0; time < (results.isQuick ? TIMES.quick : TIMES.full); time++) runs.push(await openAll(host));
    const all = (view: keyof Run, figure: 'seconds' | 'kilobytes') => runs.map((run) => run[view][figure]);
    const lines: readonly (readonly [keyof Run, string])[] = [
      ['logIn', 'nobody is logged in, nothing cached: LOG IN'],
      ['cold', 'the issuer knows the operator, nothing cached: GDPR'],
      ['warm', 'the same once more, files cached: GDPR'],
      ['german', 'German is chosen'],
    ];
    const foreign = runs.flatMap(({ cold }) => cold.files.filter((file) => /texts\/(?!en)|all\.(?!en)/.test(file)));
    results.publish('console', {
      title: 'First view of the console',
      table: lines.map(
        ([view, what]): Line => ({
          view: what,
          'usable after, s': spread(all(view, 'seconds')),
          'transferred, kB': Math.round(median(all(view, 'kilobytes'))),
          files: runs[0]![view].files.length,
        }),
      ),
      bars: [
        atMost('first view usable, nothing cached, s', all('cold', 'seconds'), MAX_SECONDS),
        atMost('first view usable, files cached, s', all('warm', 'seconds'), MAX_SECONDS),
        atMost('transferred for the first view, kB', all('cold', 'kilobytes'), MAX_KB, 0),
        atMost('files of other languages in the first view', foreign.length, 0, 0),
      ],
      needsFullSize: false,
      notes: ['Usable: from the call of the address until the button of the view can be pressed, redirects included.'],
      data: runs,
    });
  } finally {
    await host.stop();
  }
}

async function openAll(host: ConsoleHost): Promise<Run> {
  const first = await host.openBrowser();
  const page = await first.newPage();
  const nobody = await open(page, () => page.goto(host.origin, { waitUntil: 'commit' }), 'LOG IN');
  await logIn(page, host.identity);
  const cookies = await first.storageState();
  await first.browser()!.close();

  const context = await host.openBrowser();
  await context.addCookies(cookies.cookies);
  const cold = await openGdpr(await context.newPage(), host.origin);
  const again = await context.newPage();
  const warm = await openGdpr(again, host.origin);
  const german = await open(
    again,
    async () => {
      await again.getByRole('button', { name: 'English' }).click();
      await again.getByRole('menuitem', { name: 'Deutsch' }).click();
    },
    textsIn('de')['section.retrieve.button']!,
  );
  await context.browser()!.close();
  return { logIn: nobody, cold, warm, german };
}

const openGdpr = (page: Page, origin: string): Promise<Opening> =>
  open(page, () => page.goto(origin, { waitUntil: 'commit' }), 'DOWNLOAD DATA');

/** @param button that can be pressed once the view is there */
async function open(page: Page, go: () => Promise<unknown>, button: string): Promise<Opening> {
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  let bytes = 0;
  const files: string[] = [];
  const paths = new Map<string, string>();
  network.on('Network.responseReceived', ({ requestId, response: { url, fromDiskCache } }) => {
    if (/^http/.test(url) && !fromDiskCache) paths.set(requestId, new URL(url).pathname);
  });
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const path = paths.get(requestId);
    if (path === undefined) return; // it came from the cache, or with its style sheet
    bytes += encodedDataLength;
    files.push(`${path}: ${(encodedDataLength / 1000).toFixed(1)} kB`);
  });
  const began = performance.now();
  await go();
  await page.getByRole('button', { name: button }).click({ trial: true });
  const seconds = (performance.now() - began) / 1000;
  await page.waitForLoadState('networkidle');
  await network.detach();
  return { seconds, kilobytes: bytes / 1000, files };
}
