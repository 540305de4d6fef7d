import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Node, parse, substitute } from '../../../local/simulator/nxql/parser.ts';
import { readStatement } from '../../../local/simulator/nxql/statement.ts';
import {
  discoverStatement,
  findStatement,
  isQueryable,
  objectStatement,
  refuseEngineName,
  refuseName,
} from '../../../modules/engines/nxql.ts';
import { findAccounts } from '../../../modules/engines/retrieval/find-accounts.ts';
import { anEngine } from '../../support/fakes.ts';

const RUNS = process.env.GDPR_TEST_DEEP ? 100_000 : 3_000;

/** What somebody who wants more than a name would type. */
const attack = fc
  .array(
    fc.constantFrom(
      '"',
      "'",
      '(',
      ')',
      '\\',
      '%1',
      '%',
      '#',
      '*',
      '?',
      ' ',
      '-',
      'nil',
      '(or',
      'string',
      'eq name',
      '\t',
      '\u0000',
      '\u2028',
      '\u00a0',
      '“',
      '＂',
      '%22',
      '%27',
      '&',
      '=',
      '+',
      ';',
      'ä',
      '💥',
      '\ud800',
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));
const anyName = fc.oneof(
  attack,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);
const accepted = anyName.filter(isQueryable);
const typed = anyName.filter((name) => (refuseName(name) ?? refuseEngineName(name)) === undefined);

/** A parsed statement in which the literal that holds `name` stands as a mark. */
const marked = (node: Node, name: string): unknown => {
  if (node.kind === 'list') return node.items.map((item) => marked(item, name));
  return node.quoted && node.text === name ? { ...node, text: 'THE NAME' } : node;
};
const harmless = 'jdoe';
const kinds = ['user', 'device'] as const;

/** Every statement that takes a text from outside: the Subject's name, or one that an Engine told. */
const BUILDERS: readonly [string, (name: string) => string][] = [
  ...kinds.map((kind): [string, (name: string) => string] => [
    `resolve ${kind}`,
    (name) => findStatement(kind, ['id', 'name'], 'name', name),
  ]),
  ...kinds.map((kind): [string, (name: string) => string] => [
    `find ${kind} by another field`,
    (name) => findStatement(kind, ['id', 'name'], 'last_logged_on_user', name),
  ]),
  ['find by sid', (name) => findStatement('user', ['id'], 'sid', name, 'sid')],
];

describe('statements with a name in them (issue 3, point 7; R23)', () => {
  it.each(BUILDERS)('%s: any accepted name changes that one literal and nothing else', (_what, statement) => {
    const template = marked(parse(statement(harmless)), harmless);
    fc.assert(
      fc.property(accepted, (name) => {
        expect(marked(parse(statement(name)), name)).toEqual(template);
      }),
      { numRuns: RUNS },
    );
  });

  it.each(BUILDERS)('%s: no parameter of the request can reach into an accepted name', (_what, statement) => {
    const parameters = new Map(Array.from({ length: 30 }, (_, i) => [`p${i}`, '"))(or (ne name (string "']));
    fc.assert(
      fc.property(accepted, (name) => {
        expect(substitute(statement(name), parameters)).toBe(statement(name));
      }),
      { numRuns: RUNS },
    );
  });

  it.each(BUILDERS)('%s: the form brings every accepted name over as it is', (_what, statement) => {
    fc.assert(
      fc.property(accepted, (name) => {
        const form = new URLSearchParams({ query: statement(name), platform: 'windows' }).toString();
        const received = new URLSearchParams(form);
        expect([...received.keys()]).toEqual(['query', 'platform']);
        expect(received.get('query')).toBe(statement(name));
        expect(new URL(`https://engine.example/2/query?${form}`).searchParams.get('query')).toBe(statement(name));
      }),
      { numRuns: RUNS },
    );
  });

  it('asks for a name by equality', () => {
    fc.assert(
      fc.property(accepted, fc.constantFrom(...kinds), (name, kind) => {
        const { source } = readStatement(findStatement(kind, ['id', 'name'], 'name', name));
        const [where] = source.wheres;
        expect(source.tables).toEqual([kind]);
        expect(where?.filters).toEqual([
          { operator: 'eq', field: { text: 'name', dynamic: false }, type: 'string', value: name },
        ]);
      }),
      { numRuns: RUNS },
    );
  });

  it('asks by a pattern for the domain alone, after a login without wildcards', async () => {
    const sent: string[] = [];
    const rows = async (statement: string) => {
      sent.push(statement);
      return [];
    };
    await fc.assert(
      fc.asyncProperty(typed, fc.constantFrom(...kinds), async (name, kind) => {
        sent.length = 0;
        await findAccounts({ engine: anEngine('engine-1'), rows, rowsIfKnown: rows }, name, kind);
        for (const statement of new Set(sent)) {
          const filters = readStatement(statement).source.wheres.flatMap((where) => where.filters);
          expect(filters).toHaveLength(1);
          const { type, value } = filters[0] as { type: string; value: string };
          expect(type === 'pattern' ? /^[^*?\\]+[@.]\*$/.test(value) : isQueryable(value)).toBe(true);
        }
      }),
      { numRuns: RUNS / 10 },
    );
  });

  it('refuses enough to matter, and accepts enough to prove something', () => {
    const drawn = fc.sample(attack, 2_000);
    const good = drawn.filter((name) => (refuseName(name) ?? refuseEngineName(name)) === undefined);
    expect(good.length).toBeGreaterThan(200);
    expect(good.length).toBeLessThan(1_800);
    expect(good.some((name) => name.includes('"') && name.includes('('))).toBe(true);
  });
});

describe('statements with dynamic fields that an Engine told', () => {
  const fieldName = anyName.filter((name) => !(name.includes('"') && name.includes("'")));

  it('keep their form whatever the field is called', () => {
    const template = parse(objectStatement('device', '7', ['field']));
    fc.assert(
      fc.property(fieldName, (name) => {
        const seen = parse(objectStatement('device', '7', [name]));
        const text = name.replace(/^#/, '');
        expect(JSON.stringify(seen)).toBe(JSON.stringify(template).replace('"field"', () => JSON.stringify(text)));
      }),
      { numRuns: RUNS },
    );
  });

  it('ask on purpose for what does not exist, to be told what does', () => {
    expect(parse(discoverStatement('user')).items[1]).toEqual({
      kind: 'list',
      items: [{ kind: 'atom', text: '', quoted: true, dynamic: true }],
    });
  });
});
