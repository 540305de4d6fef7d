import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../modules/common/canonical-json.ts';
import type { AuditEntry } from '../../../modules/requests/audit/entry.ts';
import { chainFaults, digestOf } from '../../../modules/requests/audit/trail.ts';

/** The double with these 64 bits, hex. */
const double = (bits: string): number => Buffer.from(bits, 'hex').readDoubleBE();

describe('canonicalJson (RFC 8785)', () => {
  it('sorts names that look like numbers as texts (C43)', () => {
    expect(canonicalJson({ '9': 2, '10': 1 })).toBe('{"10":1,"9":2}');
  });

  it('gives the sample of section 3.2.2', () => {
    const sample = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`);

    expect(canonicalJson(sample)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('sorts names by UTF-16 code units, as in section 3.2.3', () => {
    const sample = JSON.parse(String.raw`{
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis"
    }`);

    const values = [...canonicalJson(sample).matchAll(/:"([^"]*)"/g)].map(([, value]) => value);
    expect(values).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('sorts at every depth and leaves arrays as they are', () => {
    const value = { '1': { f: { f: 'hi', F: 5 }, '\n': 56 }, '10': {}, '': 'empty', a: {}, '111': [{ e: 1, E: 2 }] };

    expect(canonicalJson(value)).toBe(
      String.raw`{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":2,"e":1}],"a":{}}`,
    );
  });

  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the number %s as %s (appendix B)', (bits, text) => {
    expect(canonicalJson(double(bits))).toBe(text);
  });

  it.each<[string, unknown]>([
    ['NaN', { a: [double('7fffffffffffffff')] }],
    ['an infinite number', { a: double('7ff0000000000000') }],
    ['a lone surrogate', { a: 'x\ud83d' }],
    ['a lone surrogate in a name', { 'x\udead': 1 }],
    ['a bigint', [1n]],
    ['undefined as the whole', undefined],
  ])('refuses %s', (_what, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  it('leaves undefined properties out, and puts null for undefined in an array', () => {
    expect(canonicalJson({ b: undefined, a: [undefined, 1] })).toBe('{"a":[null,1]}');
  });

  it('spells any value so that it reads back as itself, whatever the order of its names', () => {
    const shuffled = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map(shuffled);
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, inner]) => [name, shuffled(inner)]),
      );
    };
    fc.assert(
      fc.property(fc.json({ stringUnit: 'grapheme' }), (json) => {
        const value: unknown = JSON.parse(json);
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('what was hashed by the version before', () => {
  const facts = { requestId: '6f1c8a52-0b5e-4f0f-9d52-0f4a2f0e7d11', attempt: 1 };
  const trail: AuditEntry[] = [
    {
      ...facts,
      seq: 1,
      at: '2026-03-01T08:00:00.000Z',
      by: { id: 'client:intranet', role: 'machine' },
      what: 'requested',
      state: 'QUEUED',
      counts: { engines: 2 },
      before: '0'.repeat(64),
    },
    {
      ...facts,
      seq: 2,
      at: '2026-03-01T08:02:31.250Z',
      by: { id: 'anonymize-portal', role: 'system' },
      what: 'anonymized',
      state: 'RUNNING',
      counts: { rows: 12, tables: 3, columns: 41 },
      before: '045aee918fe0242ac282af4d29be61a8694cd9f857c4925f671b675203223c00',
    },
    {
      ...facts,
      seq: 3,
      at: '2026-03-01T08:03:00.000Z',
      by: { id: 'verify-portal', role: 'system' },
      what: 'completed',
      state: 'COMPLETED',
      certificate: 'a'.repeat(64),
      before: '22500c991b0bd1c2a3bc2750504e30887d41c6ac106487aa8207f78c45883bbc',
    },
  ];

  it('holds: an audit trail', () => {
    expect(chainFaults(facts.requestId, trail)).toEqual([]);
    expect(digestOf(trail[2])).toBe('ecb74de6d773c29b06fc03f5a87124c5baa42a5612089765e12fb2e7dcd3c369');
  });

  it('holds: what a certificate was signed over', () => {
    const certificate = {
      certId: 'c-1',
      requestId: facts.requestId,
      kind: 'user',
      reference: 'HR-4711 "Prüfung" \u2028 ☃',
      changed: { rows: 12, tables: 3 },
      searchedAfter: { tables: 9, columns: 41, hits: 0 },
      retained: [{ store: 'engines', why: 'x', until: null }],
      subjectCommitment: 'q1w2',
    };

    expect(createHash('sha256').update(canonicalJson(certificate)).digest('hex')).toBe(
      '9ad9cd5355137c90062d3464abe968a9e4b1ffccbbc38ba053ebd3ff058d9c87',
    );
  });
});
