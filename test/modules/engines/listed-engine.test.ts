import { describe, expect, it } from 'vitest';
import { federate, readListedEngines } from '../../../modules/engines/federation.ts';

const good = { name: 'engine-1', databaseUID: 'uid-1', status: 'CONNECTED', address: '10.0.0.1' };
const facts = (entries: readonly unknown[], settings = {}) =>
  readListedEngines(entries, settings).map(({ name, status, broken = [] }) => `${name} ${status} ${broken.join()}`);

describe('readListedEngines (C8)', () => {
  it.each([
    ['address', { address: null }],
    ['address', { address: undefined }],
    ['address', { address: '' }],
    ['address', { address: { ip: '10.0.0.1' } }],
    ['address', { address: 'https://e1.corp.example' }],
    ['address', { address: '10.0.0.1:1671' }],
    ['address', { address: 'e1/2' }],
    ['address', { address: 'someone@e1' }],
    ['address', { address: 'fe80::1%eth0' }],
    ['version', { version: null }],
    ['timezone', { timezone: null }],
    ['status', { status: null }],
    ['databaseUID', { databaseUID: null }],
    ['address,version', { address: null, version: false }],
  ])('keeps an Engine whose %s cannot be used, and reads the others (R5)', (broken, odd) => {
    const entries = [
      { ...good, ...odd },
      { ...good, name: 'engine-2', databaseUID: 'uid-2' },
    ];

    expect(facts(entries)).toEqual([`engine-1 BROKEN ${broken}`, 'engine-2 CONNECTED ']);
  });

  it.each(['10.0.0.1', 'fd00::1', 'e1', 'e_1.corp.example', 'zürich-1.example'])(
    'takes %s for an address',
    (address) => {
      expect(facts([{ ...good, address }])).toEqual(['engine-1 CONNECTED ']);
    },
  );

  it('federates each Engine of a name that two have, and none twice (R5)', () => {
    const listed = readListedEngines([good, { ...good, databaseUID: 'uid-2' }], {});
    const { engines } = federate(listed, ['engine-1', 'away', 'engine-1']);
    expect(engines.map(({ engineId, status }) => [engineId, status])).toEqual([
      ['uid-1', 'CONNECTED'],
      ['uid-2', 'CONNECTED'],
      ['unlisted-away', 'NOT_LISTED'],
    ]);
  });

  it('keeps the status that says more than BROKEN', () => {
    expect(facts([{ ...good, status: 'DISCONNECTED', timezone: null }])).toEqual(['engine-1 DISCONNECTED timezone']);
  });

  it.each([[null], [17], ['engine'], [{}], [[]]])('names an entry that is no Engine by its place: %j', (entry) => {
    expect(facts([entry, good])).toEqual(['entry 1 BROKEN name,databaseUID,status,address', 'engine-1 CONNECTED ']);
  });

  it('gives every Engine an id of its own, also where the Portal lists a UID twice', () => {
    const engines = readListedEngines([good, { ...good, name: 'twin' }, { ...good, databaseUID: null }, null], {});

    expect(new Set(engines.map(({ engineId }) => engineId)).size).toBe(4);
    expect(engines.map(({ status }) => status)).toEqual(['CONNECTED', 'BROKEN', 'BROKEN', 'BROKEN']);
  });

  it('takes what the settings say instead of a field that cannot be used', () => {
    const entry = { ...good, address: null, version: null, timezone: null };
    const settings = { 'engine-1': { host: 'e1.corp.example', timezone: 'Asia/Tokyo', version: '6.30' } };

    const [engine] = readListedEngines([entry], settings);

    expect(engine).toEqual({
      engineId: 'uid-1',
      name: 'engine-1',
      status: 'CONNECTED',
      address: 'e1.corp.example',
      timezone: 'Asia/Tokyo',
      version: '6.30',
    });
  });
});
