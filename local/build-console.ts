import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { withBundler } from './bundler.ts';

const CONSOLE = resolve(import.meta.dirname, '../console');
/** In the header of the page. */
const TITLE = '<p>GDPR console</p>';

/**
 * Builds the console's page: one script beside the html and the style sheet, ready for any static host.
 * @param outDir created when it is missing
 * @param notice a line for every page, such as what is simulated here
 */
export async function buildConsole(outDir: string, notice = ''): Promise<void> {
  const source = (file: string): string => join(CONSOLE, file);
  await mkdir(outDir, { recursive: true });
  await withBundler((build) =>
    build({
      entryPoints: [source('main.ts')],
      outfile: join(outDir, 'main.js'),
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      logLevel: 'warning',
    }),
  );
  await cp(source('style.css'), join(outDir, 'style.css'));
  const page = await readFile(source('index.html'), 'utf8');
  await writeFile(
    join(outDir, 'index.html'),
    page.replace(TITLE, notice === '' ? TITLE : `${TITLE}\n  <p>${notice}</p>`),
  );
}

if (import.meta.main) await buildConsole('build/console');
