import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { startLocalSystem } from './system.ts';
import { SystemFile } from './system-file.ts';

/** Where the picture of the README goes. */
const PICTURE = resolve(import.meta.dirname, '../docs/terminal.svg');
const LINE_HEIGHT = 19;
const CHARACTER_WIDTH = 8.4;
const PADDING = 16;

/** One command as it was typed, and what it printed. */
interface Shown {
  readonly command: string;
  readonly output: string;
}

/** Draws what a terminal shows, as SVG: text that can be searched, and no font but the reader's own. */
function draw(shown: readonly Shown[]): string {
  const escaped = (line: string) => line.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const lines = shown.flatMap(({ command, output }) => [
    { kind: 'typed', line: `$ ${command}` },
    ...output
      .trimEnd()
      .split('\n')
      .map((line) => ({ kind: 'printed', line })),
    { kind: 'printed', line: '' },
  ]);
  const width = Math.ceil(Math.max(...lines.map(({ line }) => line.length)) * CHARACTER_WIDTH) + 2 * PADDING;
  const height = (lines.length - 1) * LINE_HEIGHT + 2 * PADDING;
  const spans = lines.map(
    ({ kind, line }, at) =>
      `<text class="${kind}" x="${PADDING}" y="${Math.round(PADDING + (at + 0.8) * LINE_HEIGHT)}" xml:space="preserve">${escaped(line)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="A retrieval on the command line">
<style>text { font: 14px ui-monospace, monospace; fill: #d5dbe3 } .typed { fill: #7ee0a2 }</style>
<rect width="100%" height="100%" rx="8" fill="#16191f"/>
${spans.join('\n')}
</svg>
`;
}

/** Runs the command line against a system that runs, and shows what a person would see. */
async function run(folder: string, ...args: readonly string[]): Promise<Shown> {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, '../cli/main.ts'), ...args], { cwd: folder });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { command: `npm run gdpr -- ${args.join(' ')}`, output: (errors + output).replaceAll(`${folder}/`, '') };
}

const folder = await mkdtemp(join(tmpdir(), 'gdpr-picture-'));
const file = await SystemFile.claim(join(folder, '.local'));
const system = await startLocalSystem({ dataDir: join(folder, '.local'), byClock: true });
try {
  await file.publish(system);
  const [user] = system.users;
  const shown = [
    await run(folder, 'retrieve', '--user', user!, '--out', 'gdpr-data.tar.gz'),
    await run(folder, 'archive', 'verify', 'gdpr-data.tar.gz'),
  ];
  await writeFile(PICTURE, draw(shown));
} finally {
  await system.stop();
  await file.release();
  await rm(folder, { recursive: true });
}
