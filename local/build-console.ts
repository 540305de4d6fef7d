import { cp, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { withBundler } from './bundler.ts';

const CONSOLE = resolve(import.meta.dirname, '../console');

/**
 * Builds the console's page: one script beside the html and the style sheet, ready for any static host.
 * @param outDir created when it is missing
 */
export async function buildConsole(outDir: string): Promise<void> {
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
  for (const file of ['index.html', 'style.css']) await cp(source(file), join(outDir, file));
}

if (import.meta.main) await buildConsole('build/console');
