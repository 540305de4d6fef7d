import fc from 'fast-check';

/** Inputs stay this small, so that a run costs little; a target that needs more bytes repeats them itself. */
const MAX_BYTES = 96 * 1024;

/** What a single change may put into an input, whatever its format. */
const TOKENS = [
  ...[
    '',
    '\0',
    '\t',
    '\n',
    '\r\n',
    '"',
    "'",
    '\\',
    '`',
    '<',
    '>',
    '&',
    '%',
    '%00',
    '%1',
    '../',
    '..\\',
    '/',
    ':',
    '=',
    '@',
  ],
  ...['=cmd|x', '\u202e', '\ufeff', '\ufffd', 'é', 'e\u0301', 'ß', 'İ', '💡', '\u001b[2J', '\u2028'],
  ...['__proto__', 'constructor', 'toString', 'null', 'true', 'NaN', '1e999', '-0', '-1', '00', '9007199254740993'],
  ...['&#xd800;', '&#0;', '&#99999999;', '\\ud800', '\\u0000', '{{', '${', '*', '?', '(', ')', '[', ']', '{', '}', ','],
];
/** Bytes that are no UTF-8, or the start of it. */
const BYTES = [[0xff], [0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x92], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0]];
const DEEP = ['['.repeat(20_000), '{"a":'.repeat(5000), '('.repeat(20_000), '<a '.repeat(5000)];
const PIECES: readonly Buffer[] = [
  ...[...TOKENS, ...DEEP].map((token) => Buffer.from(token)),
  ...BYTES.map((each) => Buffer.from(each)),
];

/** A deeply nested array, and one of objects. */
const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
const nestedObjects = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);

/** Values that a place in a JSON document may get instead of its own. */
const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e300, 2 ** 53, '', ' ', '0', '-1', 'x'.repeat(5000), '\u0000', '\ud800', '../x'],
  ...[[], {}, [[]], [null], { toString: 1 }, { toString: null, valueOf: null }, { length: -1 }, { value: 1 }],
  ...[JSON.parse('{"__proto__":{"x":1}}'), JSON.parse('{"constructor":{"prototype":1}}'), nested(50), nested(3000)],
  ...[
    nestedObjects(3000),
    '2026-02-30',
    '1970-01-01T00:00:00Z',
    '+275760-09-13T00:00:00Z',
    'https://127.0.0.1/',
    '[::1]',
  ],
];
const KEYS = [
  'length',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  'x',
  'id',
  'name',
  '0',
  'length',
  '\ud800',
];

/** One change of bytes. Numbers are taken modulo what there is. */
type ByteChange = {
  readonly kind: 'bit' | 'byte' | 'insert' | 'put' | 'cut' | 'repeat' | 'move' | 'splice' | 'end' | 'number';
  readonly at: number;
  readonly length: number;
  readonly value: number;
  readonly times: number;
};

/** One change of a JSON document. */
type JsonChange = {
  readonly kind: 'replace' | 'drop' | 'add' | 'twice' | 'swap' | 'wrap';
  readonly at: number;
  readonly value: number;
  readonly other: number;
};

const byteChange: fc.Arbitrary<ByteChange> = fc.record({
  kind: fc.constantFrom('bit', 'byte', 'insert', 'put', 'cut', 'repeat', 'move', 'splice', 'end', 'number'),
  at: fc.nat(),
  length: fc.oneof({ weight: 4, arbitrary: fc.nat(8) }, fc.nat(400)),
  value: fc.nat(),
  times: fc.oneof({ weight: 6, arbitrary: fc.nat(4) }, fc.nat(3000)),
});
const jsonChange: fc.Arbitrary<JsonChange> = fc.record({
  kind: fc.constantFrom('replace', 'drop', 'add', 'twice', 'swap', 'wrap'),
  at: fc.nat(),
  value: fc.nat(),
  other: fc.nat(),
});

/**
 * Valid samples with some changes: of the document where it is JSON (or lines of JSON), then of bytes. A few stay as they are.
 * @param words what the format of the target gives a meaning to
 */
export function mutated(samples: readonly Buffer[], words: readonly string[] = []): fc.Arbitrary<Buffer> {
  const pieces = [...PIECES, ...words.flatMap((word) => [Buffer.from(word), Buffer.from(word)])];
  const changes = fc.record({
    sample: fc.nat(),
    json: fc.oneof(fc.constant<JsonChange[]>([]), fc.array(jsonChange, { minLength: 1, maxLength: 4 })),
    bytes: fc.oneof(fc.constant<ByteChange[]>([]), fc.array(byteChange, { minLength: 1, maxLength: 6 })),
  });
  return changes.map(({ sample, json, bytes }) => {
    const given = samples[sample % samples.length]!;
    const changed = json.length > 0 ? jsonChanged(given, json) : given;
    return bytes.reduce((input, change) => byteChanged(input, change, samples, pieces), changed).subarray(0, MAX_BYTES);
  });
}

function byteChanged(
  input: Buffer,
  { kind, at, length, value, times }: ByteChange,
  samples: readonly Buffer[],
  pieces: readonly Buffer[],
): Buffer {
  const start = input.length === 0 ? 0 : at % input.length;
  const end = Math.min(start + length, input.length);
  const piece = pieces[value % pieces.length]!;
  const with_ = (middle: Buffer, to = start) => Buffer.concat([input.subarray(0, start), middle, input.subarray(to)]);
  switch (kind) {
    case 'bit':
    case 'byte': {
      if (input.length === 0) return input;
      const copy = Buffer.from(input);
      copy[start] = kind === 'bit' ? copy[start]! ^ (1 << (value % 8)) : value % 256;
      return copy;
    }
    case 'insert':
      return with_(piece);
    case 'put':
      return with_(piece, end);
    case 'cut':
      return with_(Buffer.alloc(0), end);
    case 'repeat': {
      const part = input.subarray(start, end);
      const most = Math.floor(MAX_BYTES / Math.max(1, part.length));
      return with_(Buffer.concat(Array.from({ length: Math.min(times, most) }, () => part)));
    }
    case 'move': {
      const to = value % (input.length + 1);
      return Buffer.concat([input.subarray(0, to), input.subarray(start, end), input.subarray(to)]);
    }
    case 'splice': {
      const other = samples[value % samples.length]!;
      return Buffer.concat([input.subarray(0, start), other.subarray(at % (other.length + 1))]);
    }
    case 'end':
      return input.subarray(0, start);
    case 'number': {
      const text = input.toString('latin1');
      const numbers = [...text.matchAll(/\d+/g)];
      const found = numbers[at % Math.max(1, numbers.length)];
      if (!found) return input;
      const others = ['0', '-1', '1', '4294967296', '9007199254740993', '1e9', '007', String(Number(found[0]) + 1)];
      const before = text.slice(0, found.index);
      return Buffer.from(before + others[value % others.length]! + text.slice(found.index + found[0].length), 'latin1');
    }
  }
}

/** The document changed; the sample as it is where it is no JSON. Of lines one is changed. */
function jsonChanged(sample: Buffer, changes: readonly JsonChange[]): Buffer {
  const text = sample.toString();
  try {
    return Buffer.from(JSON.stringify(changes.reduce(oneJsonChange, JSON.parse(text))) ?? 'null');
  } catch {
    const lines = text.split('\n');
    const at = changes[0]!.at % lines.length;
    try {
      lines[at] = JSON.stringify(changes.reduce(oneJsonChange, JSON.parse(lines[at]!))) ?? '';
      return Buffer.from(lines.join('\n'));
    } catch {
      return sample;
    }
  }
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every place of a document, without going deep into what an earlier change nested. */
function placesIn(value: unknown, depth = 0): Place[] {
  if (typeof value !== 'object' || value === null || depth > 60) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key], depth + 1)]);
}

function oneJsonChange(document: unknown, { kind, at, value, other }: JsonChange): unknown {
  const places = placesIn(document);
  const place = places[at % Math.max(1, places.length)];
  const given = VALUES[value % VALUES.length];
  if (!place) return structuredClone(given);
  const { holder, key } = place;
  const set = (name: string, to: unknown) =>
    Object.defineProperty(holder, name, { value: to, enumerable: true, configurable: true, writable: true });
  const second = places[other % places.length]!;
  switch (kind) {
    case 'replace':
      set(key, structuredClone(given));
      break;
    case 'drop':
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 'add':
      if (Array.isArray(holder)) holder.push(structuredClone(given));
      else set(KEYS[other % KEYS.length]!, structuredClone(given));
      break;
    case 'twice':
      if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
      else set(`${key}2`, structuredClone(holder[key]));
      break;
    case 'swap': {
      const copy = structuredClone(second.holder[second.key]);
      set(key, copy);
      break;
    }
    case 'wrap':
      set(key, other % 2 === 0 ? [holder[key]] : { value: holder[key] });
      break;
  }
  return document;
}
