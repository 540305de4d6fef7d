import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Node, parse, substitute } from '../../../../local/simulator/nxql/parser.ts';
import { readStatement } from '../../../../local/simulator/nxql/statement.ts';

const show = (node: Node): unknown =>
  node.kind === 'list'
    ? node.items.map(show)
    : `${node.dynamic ? '#' : ''}${node.quoted ? `<${node.text}>` : node.text}`;

describe('parse', () => {
  it('adds closing parentheses that are missing at the end (R10)', () => {
    const whole = '(select (name) (from device (where device (eq name (string "X")))))';

    for (const end of [1, 2, 3, 4, 5]) expect(parse(whole.slice(0, -end))).toEqual(parse(whole));
  });

  it('takes a statement without its outermost pair', () => {
    expect(parse('select (name) (from device)')).toEqual(parse('(select(name)(from device))'));
  });

  it('keeps parentheses, blanks and the other quote inside quotes', () => {
    expect(show(parse(`(a "x ) (y" 'say "no"' "o'neil" o'neil`))).toEqual([
      'a',
      '<x ) (y>',
      '<say "no">',
      "<o'neil>",
      "o'neil",
    ]);
  });

  it('reads the three spellings of a dynamic field, and the empty one', () => {
    expect(show(parse(`(#Name #"With blanks/x" #'say "it"' #"" #*`))).toEqual([
      '#Name',
      '#<With blanks/x>',
      '#<say "it">',
      '#<>',
      '#*',
    ]);
  });

  it.each(['(a "b', "(a 'b)", '(a))', '(a) (b)', '', '  ', ')'])('refuses %j', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ name: 'NxqlError', status: 400 }));
  });

  it('never ends in another error than its own, whatever it is fed', () => {
    const text = fc
      .array(fc.constantFrom('(', ')', '"', "'", '#', ' ', 'select', 'from', 'x', '%1', '\n', '*'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (statement) => {
        try {
          readStatement(statement);
        } catch (error) {
          expect(error).toHaveProperty('name', 'NxqlError');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('substitute', () => {
  it('puts parameters in as text and leaves unknown placeholders', () => {
    expect(substitute('(string "%1") %2 %11', new Map([['p1', 'a"b']]))).toBe('(string "a"b") %2 %11');
  });

  it('shields from nothing: a value with a quote becomes syntax, as on an Engine', () => {
    const value = 'x"))) (where user (ne name (string "y';
    const text = substitute('(select (id) (from user (where user (eq name (string "%1")))))', new Map([['p1', value]]));

    const { wheres } = readStatement(text).source;

    expect(wheres.map(({ filters }) => filters[0]!)).toMatchObject([{ operator: 'eq' }, { operator: 'ne' }]);
  });
});

describe('readStatement', () => {
  it('reads a decorated select', () => {
    const statement = readStatement(
      '(select ((execution (*)) (device name)) (from (execution device) (where device (ne name (string X)) (gt id (identifier 3))) (between midnight-3d now)) (order_by start_time desc) (limit 0))',
    );

    expect(statement).toMatchObject({
      selections: [
        { table: 'execution', fields: [{ text: '*' }] },
        { table: 'device', fields: [{ text: 'name' }] },
      ],
      source: { tables: ['execution', 'device'], between: { from: 'midnight-3d', to: 'now' } },
      orderBy: [{ field: { text: 'start_time' }, descending: true }],
      limit: 0,
    });
    expect(statement.source.wheres[0]!.filters).toHaveLength(2);
  });

  it('reads an update', () => {
    expect(readStatement('(update (set #"Cost center" nil #Category (enum VIP)) (from user')).toMatchObject({
      verb: 'update',
      sets: [{ type: 'nil' }, { field: { text: 'Category', dynamic: true }, value: 'VIP' }],
    });
  });

  it.each([
    '(select name)',
    '(select (name) (from user) (limit many))',
    '(select (name) (from user) (limit -1))',
    '(select (name) (from user) (from device))',
    '(select (name) (from user (where user (eq name (string "a" "b")))))',
    '(select (name) (from user (where user (eq name (string two words)))))',
    '(select (name) (from user (or (where user (eq name (string a))))))',
    '(delete (from user))',
  ])('refuses %s', (text) => {
    expect(() => readStatement(text)).toThrow(expect.objectContaining({ name: 'NxqlError', status: 400 }));
  });
});
