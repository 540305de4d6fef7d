import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DICTIONARY } from '../../../../functions/wiring/dictionary.ts';
import { composeArchive } from '../../../../modules/archive/contents/compose.ts';
import { meaningOfColumn, meaningOfFile } from '../../../../modules/archive/contents/dictionary.ts';
import { writeReadme } from '../../../../modules/archive/contents/readme.ts';
import { textsIn } from '../../../../modules/archive/contents/texts.ts';
import { archiveOf, archiveSettings, harvestOf, type SampleRows } from '../../../support/stitch.ts';

const TEXTS = await textsIn('en');
const columns = ['engine', 'platform', 'execution/id', 'execution/start_time', 'device/last_logged_on_user', 'odd'];
const rows: SampleRows[] = [
  {
    source: 'e1',
    file: 'engines/executions.csv',
    columns,
    rows: [['e1', 'windows', '1', '2026-11-20T08:00:00', 'ann', 'x']],
    rowsPerDay: { '2026-11-20': 1 },
  },
  { source: 'e1', file: 'engines/port_scans.csv', columns: ['engine', 'platform', 'port_scan/id'], rows: [] },
];

const composed = async (...[samples, away, facts]: Parameters<typeof harvestOf>) => {
  const archive = composeArchive((await harvestOf(samples, away, facts)).harvest, archiveSettings(), DICTIONARY);
  const text = (name: string) => archive.files.find((file) => file.name === name)!.head.toString();
  return { ...archive, readme: text('README.txt'), page: text('index.html'), text };
};

describe('composeArchive', () => {
  it('puts manifest, README and overview first (decision 11)', async () => {
    const { files, text, manifest } = await composed(rows);
    expect(files.map(({ name }) => name)).toEqual([
      'manifest.json',
      'README.txt',
      'index.html',
      'engines/executions.csv',
      'engines/port_scans.csv',
    ]);
    expect(JSON.parse(text('manifest.json'))).toEqual(manifest);
    expect(manifest).toMatchObject({ complete: true, missing: [], coUsers: 'keep', accountScope: 'unverified' });
    expect(manifest.files[0]).toMatchObject({ state: 'COMPLETE', covered: { from: '2026-11-20', to: '2026-11-20' } });
    expect(manifest.sources[0]).toMatchObject({ tls: 'ca', asked: { from: '2026-10-24', to: '2026-11-23' } });
  });

  it('makes the same bytes of the same fragments (decision 7)', async () => {
    expect(await archiveOf(rows, ['e2'])).toEqual(await archiveOf(rows, ['e2']));
  });

  it('says first that nothing was found, in all three, and names nobody (R12)', async () => {
    const { harvest } = await harvestOf(rows.map((file) => ({ ...file, rows: [], rowsPerDay: {} })));
    const progress = harvest.progress.map((one) => ({ ...one, state: 'EMPTY' as const, rows: 0 }));
    const { manifest, files } = composeArchive({ ...harvest, progress }, archiveSettings(), DICTIONARY);
    const text = (name: string) => files.find((file) => file.name === name)!.head.toString();
    expect(manifest).toMatchObject({ complete: false, nothingFound: true, missing: [] });
    expect(text('README.txt').split('\r\n')[2]).toBe('NOTHING WAS FOUND UNDER THE NAME THAT WAS ASKED FOR.');
    expect(text('README.txt')).not.toContain('INCOMPLETE');
    expect(text('index.html')).toContain('<title>Data held about one user (nothing found)</title>');
    expect(text('index.html').indexOf('Nothing was found')).toBeLessThan(text('index.html').indexOf('Other people'));
  });

  it('says first that it is incomplete, in all three, and marks each file (R12)', async () => {
    const { manifest, readme, page } = await composed(rows, ['e2']);
    expect(manifest).toMatchObject({
      complete: false,
      missing: [{ name: 'e2', state: 'TIMED_OUT', reason: 'EngineTimeoutError' }],
    });
    expect(manifest.files[0]).toMatchObject({
      state: 'INCOMPLETE',
      missing: [{ source: 'e2', reason: 'EngineTimeoutError', from: '2026-10-24', to: '2026-11-24' }],
    });
    expect(readme.slice(0, 250)).toContain('THIS ARCHIVE IS INCOMPLETE');
    expect(readme.slice(0, 250)).toContain('e2: it took too long to answer');
    expect(page.indexOf('This archive is incomplete')).toBeLessThan(page.indexOf('What was asked'));
    expect(Object.keys(manifest).slice(0, 3)).toEqual(['schema', 'complete', 'missing']);
  });

  it('counts days that a worker noted as missing as a gap of the file, but not what nobody could have retrieved (R12)', async () => {
    const { harvest } = await harvestOf(rows);
    const noted = (reason: string) => {
      const missing = [
        { file: 'engines/executions.csv', reason, platform: 'windows', from: '2026-11-01', to: '2026-11-02' },
      ];
      const indexes = harvest.indexes.map((index) => ({ ...index, missing }));
      return composeArchive({ ...harvest, indexes }, archiveSettings(), DICTIONARY).manifest;
    };
    expect(noted('ROW_LIMIT')).toMatchObject({
      complete: false,
      files: [{ state: 'INCOMPLETE' }, { state: 'COMPLETE' }],
    });
    expect(noted('TABLE_UNKNOWN')).toMatchObject({ complete: true, notes: [{ reason: 'TABLE_UNKNOWN' }] });
  });
});

describe('composeArchive, for files whose header was not agreed (decision 11)', () => {
  it('has a file for each gap, also where nobody told its columns (R12)', async () => {
    const { harvest } = await harvestOf(rows);
    const missing = [{ file: 'engines/print_jobs.csv', platform: 'windows', reason: 'EngineAnswerError' }];
    const indexes = harvest.indexes.map((index) => ({ ...index, missing }));
    const { manifest, files } = composeArchive({ ...harvest, indexes }, archiveSettings(), DICTIONARY);
    expect(manifest.files.at(-1)).toMatchObject({ name: 'engines/print_jobs.csv', state: 'INCOMPLETE', missing });
    expect(files.at(-1)!.head.toString()).toBe('engine,platform\r\n');
  });

  it("tells what is still to come of an Engine's own file when the Engine broke off", async () => {
    const own = 'engines/executions.e2-uid.csv';
    const { harvest } = await harvestOf([...rows, { source: 'e2', file: own, columns, rows: [['e2', 'x']] }]);
    const pending = [{ file: own, platform: 'windows', from: '2026-11-01', to: '2026-11-02' }];
    const files = harvest.frame.files.filter(({ file }) => file !== own);
    const { manifest } = composeArchive(
      {
        ...harvest,
        frame: { ...harvest.frame, files },
        progress: harvest.progress.map((one) =>
          one.name === 'e2' ? { ...one, state: 'UNREACHABLE', reason: 'EngineUnavailableError' } : one,
        ),
        indexes: harvest.indexes.map((index) => (index.sourceName === 'e2' ? { ...index, pending, next: {} } : index)),
      },
      archiveSettings(),
      DICTIONARY,
    );
    expect(manifest.files.find(({ name }) => name === own)).toMatchObject({
      state: 'INCOMPLETE',
      missing: [{ ...pending[0], source: 'e2', reason: 'EngineUnavailableError' }],
    });
  });
});

describe('README.txt and index.html', () => {
  it('say in one sentence whether all is there, and whether the account sees all (R12)', async () => {
    const { harvest } = await harvestOf(rows);
    const of = (accountScope: 'attested' | 'unverified') =>
      composeArchive(harvest, archiveSettings({ accountScope }), DICTIONARY)
        .files.slice(1, 3)
        .map(({ head }) => head.toString());
    const begin = 'Everything that was asked for and that the account may see is in this archive; ';
    for (const text of of('attested')) expect(text).toContain(`${begin}the operator confirms that the account sees`);
    for (const text of of('unverified')) expect(text).toContain(`${begin}nobody has confirmed that the account sees`);
  });

  it('are in the language of the settings, with times and their zone', async () => {
    const { harvest } = await harvestOf(rows, ['e2']);
    const { files } = composeArchive(harvest, archiveSettings({ texts: await textsIn('de') }), DICTIONARY);
    const [, readme, page] = files.map(({ head }) => head.toString());
    for (const text of [readme, page]) {
      expect(text).toContain('e2: hat zu lange nicht geantwortet (TIMED_OUT)');
      expect(text).toContain('2026-11-23 08:00 UTC');
      expect(text).toContain('Programme, die liefen; Läufe in kurzem Abstand sind eine Zeile');
    }
    expect(readme).toContain('    start_time [Zeit]: Beginn');
    expect(page).toContain('<html lang="de">');
  });
});

describe('the chart of a file in index.html', () => {
  it.each([
    [
      { '2026-11-18': 1, '2026-11-20': 40 },
      'Rows per day, 2026-11-18 to 2026-11-20. Highest bar: 40.',
      ['M0 40v-1.0', 'M2 40v-40.0'],
    ],
    [
      { '2026-01-01': 1, '2026-05-11': 2 },
      'Rows per 2 days, 2026-01-01 to 2026-05-11. Highest bar: 2.',
      ['M0 40v-20.0', 'M65 40v-40.0'],
    ],
    [
      { '0001-01-01': 1, '9999-12-31': 1 },
      'Rows per 28093 days, 0001-01-01 to 9999-12-31. Highest bar: 1.',
      ['M0 ', 'M129 '],
    ],
    [{ '2026-11-20': 0 }, 'Rows per day, 2026-11-20 to 2026-11-20. Highest bar: 0.', []],
  ])('has a bar for each day, or for several where there are many: %j', async (rowsPerDay, caption, bars) => {
    const { page } = await composed([{ ...rows[0]!, rowsPerDay }]);
    const [figure = ''] = /<figure>.*<\/figure>/.exec(page) ?? [];
    expect(figure).toContain(`>${caption}</figcaption>`);
    expect(figure.match(/M\d+ /g) ?? []).toHaveLength(bars.length);
    for (const bar of bars) expect(figure).toContain(bar);
  });

  it('is absent without days', async () => {
    expect((await composed([rows[1]!])).page).not.toContain('<svg');
  });
});

describe('README.txt', () => {
  it('has no line that a name from outside made', async () => {
    const forged = 'e9\r\nNothing that was asked for is missing.\u2028x';
    const file = { ...rows[0]!, source: forged, columns: ['engine', forged] };
    const { harvest } = await harvestOf([file], [forged.replace('9', '8')]);
    const missing = [{ file: file.file, reason: 'ROW_LIMIT', platform: forged }];
    const engines = harvest.frame.engines.map((engine) => ({ ...engine, version: forged, timezone: forged }));
    const frame = { ...harvest.frame, engines };
    const indexes = harvest.indexes.map((index) => ({ ...index, missing }));
    const { files } = composeArchive({ ...harvest, frame, indexes }, archiveSettings(), DICTIONARY);
    const lines = files
      .find(({ name }) => name === 'README.txt')!
      .head.toString()
      .split(/\r\n|[\r\n\u2028]/);
    expect(lines.filter((line) => line.includes('e9 Nothing')).length).toBeGreaterThan(2);
    expect(lines.filter((line) => line.startsWith('Nothing that'))).toEqual([]);
  });

  it('explains the columns that are there, with units, and says so of those it does not know', async () => {
    const { readme } = await composed(rows);
    expect(readme).toMatch(/execution\r\n(.*\r\n)*? {4}start_time \[time\]: /);
    expect(readme).toContain('odd: as the source names it; not in our dictionary');
    expect(readme).toContain('Time zone: UTC');
    expect(readme).toContain('A lone - means: no data');
    expect(readme).toContain("apostrophe (')");
  });

  it('tells how the files come through a spreadsheet whole, and which is longer than a sheet', async () => {
    const { readme, manifest } = await composed(rows);
    expect(readme).toContain('65001 Unicode (UTF-8), delimiter comma');
    expect(readme).not.toContain('a sheet shows');
    const [file, ...others] = manifest.files;
    const long = writeReadme({ ...manifest, files: [{ ...file!, rows: 2_000_000 }, ...others] }, {}, DICTIONARY, TEXTS);
    expect(long).toContain(`${file!.name} has 2\u202f000\u202f000 rows; a sheet shows 1\u202f048\u202f575 of them.`);
  });

  it('knows every file and column of the reference schema of the Portal', () => {
    const { tables } = JSON.parse(readFileSync('local/portal-database/portal-mapping.json', 'utf8')) as {
      tables: { table: string; names?: { column: string }[]; coIdentifiers?: { column: string }[] }[];
    };
    for (const { table, names = [], coIdentifiers = [] } of tables) {
      const file = `portal/${table.split('.')[1]}.csv`;
      expect(meaningOfFile(DICTIONARY, file)).not.toBe('results that the Portal holds');
      for (const { column } of [...names, ...coIdentifiers]) {
        expect(meaningOfColumn(DICTIONARY, file, column), `${file} ${column}`).toBeDefined();
      }
    }
  });

  it('explains a column that got a number like the one it is named after (decision 11)', async () => {
    const numbered = {
      source: 'e1',
      file: 'engines/user.csv',
      columns: ['engine', 'platform', 'platform (2)'],
      rows: [],
    };
    expect((await composed([numbered])).readme).toMatch(/platform \(2\) \[keyword\]: windows, mac_os or mobile/);
  });

  it('leaves blanks in the information sheet until they are configured (Art. 15)', async () => {
    const { harvest } = await harvestOf(rows);
    const sheet = { controller: 'ACME\nGmbH', purposes: 'support' };
    const { files } = composeArchive(harvest, archiveSettings({ informationSheet: sheet }), DICTIONARY);
    const readme = files[1]!.head.toString();
    expect(readme).toContain('Controller (Art. 13(1)(a)): ACME GmbH');
    expect(readme).toContain('How long it is kept (Art. 15(1)(d)): ____ (to be filled in by the administrator)');
    expect(readme).toContain('Purposes (Art. 15(1)(a)): support');
  });

  it('warns of the data of others on a device, and says when they were masked', async () => {
    const device = { subjectKind: 'device' } as const;
    expect((await composed(rows, [], device)).readme).toContain('GDPR Art. 15(4)');
    const masked = await composed(rows, [], { ...device, coUsers: 'mask' });
    expect(masked.readme).toContain('user-xxxxxxxx');
    expect(masked.manifest.coUsers).toBe('mask');
  });
});
