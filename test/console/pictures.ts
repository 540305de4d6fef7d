/**
 * `node test/console/pictures.ts FOLDER [WORD...]`: a picture of every view and state whose name holds one of the words, in
 * light and dark, wide and narrow, to be looked at one by one. With `--doc` those of README.md and docs/console.md: the list in
 * the dark, the others in light, 800 px high (`console-anonymize`: 1230).
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { ConsoleHost, logIn, startOver, textsIn, WINDOW } from './console-host.ts';
import { DOC_VIEWS } from './doc-views.ts';
import { LOG_IN_VIEWS, openLogIn, VIEWS } from './views.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    language: { type: 'string', default: 'en' },
    look: { type: 'string', default: 'light,dark' },
    width: { type: 'string', default: '1280,360' },
    height: { type: 'string', default: '900' },
    doc: { type: 'boolean', default: false },
    compact: { type: 'boolean', default: false },
  },
});
const [folder = '', ...words] = positionals;
if (folder === '') throw new Error('Give the folder for the pictures.');
mkdirSync(folder, { recursive: true });
const texts = textsIn(values.language);
const say = (key: string) => texts[key]!;

const host = await ConsoleHost.start();
const context = await host.openBrowser();
const page = await context.newPage();
await page.goto(host.origin);
await logIn(page, host.identity);
const reload = async () => {
  await page.reload();
  await page.getByRole('tab').waitFor(); // the issuer has been asked
};
for (const mode of values.look.split(',')) {
  const appearance = JSON.stringify({ mode, dense: values.compact });
  await page.evaluate(
    ([look, language]) => {
      localStorage.setItem('appearance', look!);
      localStorage.setItem('language', language!);
    },
    [appearance, values.language],
  );
  await reload();
  for (const width of values.width.split(',').map(Number)) {
    await page.setViewportSize({ width, height: Number(values.height) });
    const save = (of: Page, name: string) =>
      of.screenshot({ path: join(resolve(folder), `${name.replaceAll(/\W+/g, '-')}.${mode}.${width}.png`) });
    for (const [name, opens] of Object.entries(values.doc ? DOC_VIEWS : VIEWS)) {
      if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
      await startOver(page, host.origin);
      await opens({ api: host.renewApi(), page, origin: host.origin, say }).catch((error: unknown) =>
        console.error(name, error),
      );
      await page.waitForTimeout(400); // the page measures itself
      await save(page, name);
    }
    for (const name of LOG_IN_VIEWS.filter((each) => words.length === 0 || words.some((word) => each.includes(word)))) {
      const viewport = { ...WINDOW, width };
      const colorScheme = mode === 'dark' ? ('dark' as const) : ('light' as const);
      const stage = { page, origin: host.origin, say };
      const other = await openLogIn(name, stage, { viewport, colorScheme, locale: values.language });
      await other.waitForTimeout(400);
      await save(other, name);
      await other.context().close();
    }
    host.renewApi(); // one that knows who is logged in
    await reload();
  }
}
await host.stop();
