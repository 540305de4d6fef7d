import { describe, expect, it } from 'vitest';
import {
  canonicalName,
  distinctAccounts,
  halvesOf,
  kinshipOf,
} from '../../../../modules/requests/subjects/account-name.ts';
import { canonicalSubject } from '../../../../modules/requests/subjects/subject-index.ts';

describe('halvesOf', () => {
  it.each([
    ['user', 'jdoe', 'jdoe', undefined],
    ['user', 'jdoe@CORP', 'jdoe', 'CORP'],
    ['user', 'CORP\\jdoe', 'jdoe', 'CORP'],
    ['user', 'jdoe@corp.example', 'jdoe', 'corp.example'],
    ['user', 'jane@home@CORP', 'jane@home', 'CORP'],
    ['user', '@CORP', '@CORP', undefined],
    ['user', 'jdoe@', 'jdoe@', undefined],
    ['user', '\\jdoe', '\\jdoe', undefined],
    ['user', 'jane.doe', 'jane.doe', undefined],
    ['device', 'LT-101', 'LT-101', undefined],
    ['device', 'LT-101.corp.example', 'LT-101', 'corp.example'],
    ['device', 'CORP\\LT-101', 'LT-101', 'CORP'],
    ['device', '.local', '.local', undefined],
  ] as const)('separates a %s typed as %s (R1)', (kind, name, login, domain) => {
    expect(halvesOf({ kind, name })).toEqual(domain === undefined ? { login } : { login, domain });
  });
});

describe('kinshipOf', () => {
  it.each([
    ['jdoe', 'jdoe', 'same'],
    ['JDoe', 'jdoe@CORP', 'same'],
    ['jdoe@corp', 'JDOE@Corp', 'same'],
    ['CORP\\jdoe', 'jdoe@corp', 'same'],
    ['jdoe@corp.example', 'jdoe@CORP', 'alike'],
    ['CORP\\jdoe', 'jdoe@corp.example', 'alike'],
    ['jdoe@corp.example', 'jdoe@corp.other', 'other'],
    ['jdoe@CORP', 'jdoe@LAB', 'other'],
    ['jdoe@CORP', 'jdoe', 'unclear'],
    ['jdoe', 'jdoe2', 'other'],
    ['jdoe', 'jdoe.smith@CORP', 'other'],
    ['strauß', 'strauss@CORP', 'other'],
    ['rene\u0301.favre@corp', 'RENÉ.FAVRE@CORP', 'same'],
  ] as const)('says what %s is to a stored %s (R1)', (typed, stored, kinship) => {
    expect(kinshipOf('user', typed, stored)).toBe(kinship);
  });

  it('compares devices by host and DNS domain', () => {
    expect(kinshipOf('device', 'lt-101', 'LT-101.corp.example')).toBe('same');
    expect(kinshipOf('device', 'LT-101.corp.example', 'LT-101')).toBe('unclear');
    expect(kinshipOf('device', 'LT-101', 'LT-1011')).toBe('other');
  });
});

describe('canonicalName', () => {
  it('is one text for one account, however it is typed, and two for namesakes of two domains (C29a)', () => {
    const of = (name: string) => canonicalName({ kind: 'user', name });

    expect(new Set(['CORP\\jdoe', 'jdoe@corp', 'JDOE@Corp', 'corp\\JDoe'].map(of)).size).toBe(1);
    expect(new Set(['jdoe', 'jdoe@CORP', 'jdoe@LAB'].map(of)).size).toBe(3);
    expect(distinctAccounts('user', ['jdoe@LAB', 'JDOE@CORP', 'jdoe@corp'])).toEqual(['JDOE@CORP', 'jdoe@LAB']);
  });
});

describe('canonicalSubject', () => {
  it('takes chosen accounts for the Subject, in any order and spelling (R1)', () => {
    const typed = { kind: 'user', name: 'jdoe' } as const;

    const chosen = canonicalSubject({ ...typed, accounts: ['jdoe@LAB', 'jdoe@CORP'] });

    expect(chosen).toBe(canonicalSubject({ ...typed, name: 'x', accounts: ['CORP\\JDOE', 'lab\\jdoe'] }));
    expect(canonicalSubject({ ...typed, accounts: ['jdoe@CORP'] })).toBe(
      canonicalSubject({ kind: 'user', name: 'corp\\jdoe' }),
    );
    expect(canonicalSubject(typed)).toBe('user\njdoe'); // as it was stored before accounts could be chosen
  });
});
