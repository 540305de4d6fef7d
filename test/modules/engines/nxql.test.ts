import { describe, expect, it } from 'vitest';
import { eventStatement, refuseEngineName, refuseName, resolveStatement } from '../../../modules/engines/nxql.ts';

describe('refuseName', () => {
  it('refuses what cannot be a name anywhere (R23)', () => {
    const bad = ['', '   ', 'x'.repeat(257), 'a\tb', 'a\u0000', 'a\u0085b', '\ud800', ' jdoe', 'jdoe '];
    expect(bad.filter((name) => refuseName(name) === undefined)).toEqual([]);
  });

  it('accepts what people and systems are called', () => {
    const good = ['jdoe', "o'neil", 'NT AUTHORITY (local)', 'josé@CORP', 'CORP\\jdoe', '100%', 'x'.repeat(256), '"q"'];
    expect(good.filter((name) => refuseName(name) !== undefined)).toEqual([]);
  });
});

describe('refuseEngineName', () => {
  it('refuses what NXQL has no safe spelling for, and says what to write instead (R23)', () => {
    const bad = ['a"b\'c', 'CORP\\jdoe', 'a%1', 'jdoe*', 'j?oe'];
    expect(bad.filter((name) => refuseEngineName(name) === undefined)).toEqual([]);
    expect(refuseEngineName('CORP\\jdoe')).toContain('the bare name, such as jmeyer');
  });
});

describe('resolveStatement', () => {
  it('chooses the quote that the name does not hold', () => {
    expect(resolveStatement({ kind: 'user', name: "o'neil" })).toContain(`(string "o'neil")`);
    expect(resolveStatement({ kind: 'device', name: 'a"b' })).toContain(`(string 'a"b')`);
  });
});

describe('eventStatement', () => {
  it('asks by id, with the limit that events need', () => {
    const statement = eventStatement({
      fields: ['execution', 'user', 'device'].map((table) => ({ table, fields: ['*'] })),
      subject: 'user',
      id: '42',
      between: { from: 'midnight-3d', to: 'now' },
      order: { field: 'start_time', direction: 'asc' },
      limit: 7,
    });

    expect(statement).toBe(
      '(select ((execution (*)) (user (*)) (device (*))) (from (execution user device) ' +
        '(where user (eq id (identifier 42))) (between midnight-3d now)) (order_by start_time asc) (limit 7))',
    );
  });
});
