import { describe, expect, it } from 'vitest';
import {
  eventStatement,
  findStatement,
  isQueryable,
  refuseEngineName,
  refuseName,
} from '../../../modules/engines/nxql.ts';

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
    const bad = ['a"b\'c', '\\jdoe', 'CORP\\', 'A\\B\\jdoe', 'C"P\\j\'d', 'a%1', 'jdoe*', 'CORP\\j?oe'];
    expect(bad.filter((name) => refuseEngineName(name) === undefined)).toEqual([]);
    expect(refuseEngineName('A\\B\\jdoe')).toContain('except after a domain (CORP\\jmeyer)');
  });

  it('accepts a domain before a backslash, which no statement can hold (R1)', () => {
    expect(refuseEngineName('CORP\\jdoe')).toBeUndefined();
    expect(isQueryable('CORP\\jdoe')).toBe(false);
  });
});

describe('findStatement', () => {
  it('chooses the quote that the name does not hold', () => {
    expect(findStatement('user', ['id'], 'name', "o'neil")).toContain(`(string "o'neil")`);
    expect(findStatement('device', ['id'], 'name', 'a"b')).toContain(`(string 'a"b')`);
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
