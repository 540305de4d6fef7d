import { describe, expect, it } from 'vitest';
import { EngineQueryRejectedError } from '../../../../modules/engines/errors.ts';
import type { Platform } from '../../../../modules/engines/nxql.ts';
import { accountsMeant, accountsOf, findAccounts } from '../../../../modules/engines/retrieval/find-accounts.ts';
import { resolveAccounts } from '../../../../modules/engines/retrieval/resolve-accounts.ts';
import type { SubjectKind } from '../../../../modules/requests/subject.ts';
import { distinctAccounts } from '../../../../modules/requests/subjects/account-name.ts';
import { anEngine } from '../../../support/fakes.ts';

interface Stored {
  readonly name: string;
  readonly upn?: string;
  readonly group?: string;
}

/** An Engine that compares text with its case and knows these objects on Windows. */
class FakeEngine {
  readonly engine = anEngine('engine-1');
  readonly statements: string[] = [];
  readonly #stored: readonly Stored[];
  readonly #refuses: (statement: string, platform: Platform) => boolean;

  constructor(stored: readonly Stored[], refuses: (statement: string, platform: Platform) => boolean = () => false) {
    this.#stored = stored;
    this.#refuses = refuses;
  }

  async rows(statement: string, on: Platform | readonly Platform[]) {
    const platforms = [on].flat();
    this.statements.push(statement);
    if (platforms.some((platform) => this.#refuses(statement, platform)))
      throw new EngineQueryRejectedError('engine-1', 'engines/user.csv');
    const [, field, type, value] = /\(eq (\w+) \((\w+) "?([^")]+)"?\)\)/.exec(statement)!;
    if (!platforms.includes('windows')) return [];
    const rows = this.#stored.map(({ name, upn = '-', group = '-' }, at) => ({
      id: `${at + 1}`,
      name,
      upn,
      group_name: group,
    }));
    const matches = (text: string) =>
      type === 'pattern' ? text.startsWith(value!.replace(/\*$/, '')) : text === value;
    return rows.filter((row) => matches(row[field as keyof typeof row]));
  }

  async rowsIfKnown(statement: string, on: Platform | readonly Platform[]) {
    return this.rows(statement, on).catch(() => undefined);
  }
}

const found = async (stored: readonly string[], typed: string, kind: SubjectKind = 'user') =>
  findAccounts(new FakeEngine(stored.map((name) => ({ name }))), typed, kind);
const names = (accounts: readonly { readonly name: string }[]) => accounts.map(({ name }) => name).sort();

describe('findAccounts', () => {
  it.each(['akowal@CORP', 'akowal@corp', 'AKowal@CORP', 'akowal', 'AKOWAL', 'CORP\\akowal', 'akowal@corp.example'])(
    'finds akowal@CORP typed as %s (C1, R1)',
    async (typed) => {
      expect(names(accountsMeant(await found(['akowal@CORP', 'akowal2@CORP', 'xakowal@CORP'], typed)))).toEqual([
        'akowal@CORP',
      ]);
    },
  );

  it('finds the accounts of every domain for a name without one, and one of them for a name with a domain (C29a)', async () => {
    const stored = ['jdoe@CORP', 'JDOE@LAB', 'jdoe', 'jdoe2'];

    expect(names(accountsMeant(await found(stored, 'jdoe')))).toEqual(['JDOE@LAB', 'jdoe', 'jdoe@CORP']);
    expect(names(accountsMeant(await found(stored, 'lab\\jdoe')))).toEqual(['JDOE@LAB']);
    expect(names(accountsMeant(await found(stored, 'jdoe@DMZ')))).toEqual([]);
  });

  it('believes that a platform is not there only when it is refused twice (R12)', async () => {
    const platformsFound = async (refusals: number) => {
      const left = { windows: refusals };
      const refuses = (_: string, platform: Platform) => platform === 'windows' && left.windows-- > 0;
      return (await findAccounts(new FakeEngine([{ name: 'jdoe@CORP' }], refuses), 'jdoe@CORP', 'user')).length;
    };

    expect(await platformsFound(1)).toBe(1);
    expect(await platformsFound(2)).toBe(0);
  });

  it('queries once more when rows of other names come, and then says that the Engine does not answer (R12)', async () => {
    const engineWith = (wrong: number) => {
      const engine = new FakeEngine([{ name: 'jdoe@CORP' }]);
      const rows = engine.rows.bind(engine);
      engine.rows = async (...of) =>
        wrong-- > 0 ? rows('(eq name (string "x"))', 'mac_os').then(() => [OTHER]) : rows(...of);
      return engine;
    };
    const OTHER = { id: '9', name: 'asmith@CORP', upn: '-', group_name: '-' };

    expect(names(await findAccounts(engineWith(1), 'jdoe@CORP', 'user'))).toEqual(['jdoe@CORP']);
    await expect(findAccounts(engineWith(2), 'jdoe@CORP', 'user')).rejects.toThrow('rows of other names');
  });

  it('takes a stored name without a domain only when its principal name shows the domain', async () => {
    const at = async (upn?: string) =>
      findAccounts(new FakeEngine([{ name: 'jmeyer', ...(upn !== undefined && { upn }) }]), 'CORP\\jmeyer', 'user');

    expect(await at('jana.meyer@corp.example')).toMatchObject([{ name: 'jmeyer', kinship: 'alike' }]);
    expect(await at('jana.meyer@lab.example')).toMatchObject([{ name: 'jmeyer', kinship: 'unclear' }]);
    expect(accountsMeant(await at())).toEqual([]);
  });

  it('does not take an account by the principal name of somebody else, with whom an Engine answers (C5)', async () => {
    const [stored, other] = [
      { name: 'jmeyer', upn: 'jana.meyer@lab.example' },
      { id: '9', upn: 'ann@corp.example' },
    ];
    class OtherRow extends FakeEngine {
      override async rows(statement: string, on: Platform | readonly Platform[]) {
        const rows = await super.rows(statement, on);
        return /\(eq id /.test(statement) ? rows.map((row) => ({ ...row, ...other })) : rows;
      }
    }
    const accounts = await findAccounts(new OtherRow([stored]), 'CORP\\jmeyer', 'user');
    expect(accounts).toMatchObject([{ name: 'jmeyer', kinship: 'unclear' }]);
  });

  it('finds the user whose principal name was typed', async () => {
    const engine = new FakeEngine([{ name: 'jmeyer', upn: 'jana.meyer@corp.example' }]);

    expect(names(accountsMeant(await findAccounts(engine, 'Jana.Meyer@corp.example', 'user')))).toEqual(['jmeyer']);
  });

  it('finds a device by host, in another case, with its domain or without', async () => {
    expect(names(await found(['LT-101', 'LT-1011'], 'lt-101', 'device'))).toEqual(['LT-101']);
    expect(names(await found(['LT-101.corp.example'], 'LT-101', 'device'))).toEqual(['LT-101.corp.example']);
    expect(names(await found(['host.local'], 'host.local', 'device'))).toEqual(['host.local']);
    const inDomain = new FakeEngine([{ name: 'LT-101', group: 'CORP' }]);
    expect(accountsMeant(await findAccounts(inDomain, 'CORP\\LT-101', 'device'))).toHaveLength(1);
  });

  it('queries each half in another case on an Engine that knows no patterns', async () => {
    const engine = new FakeEngine([{ name: 'akowal@CORP' }], (statement) => statement.includes('(pattern'));

    expect(names(await findAccounts(engine, 'AKOWAL@corp', 'user'))).toEqual(['akowal@CORP']);
  });

  it('sends one query on each platform for a stored name that is there', async () => {
    const engine = new FakeEngine([{ name: 'akowal@CORP' }]);

    await findAccounts(engine, 'akowal@CORP', 'user', true);

    expect(engine.statements).toHaveLength(2);
  });

  it('goes on without a platform that this version does not know, and fails when it knows none', async () => {
    const one = new FakeEngine([{ name: 'jdoe' }], (_statement, platform) => platform === 'mac_os');
    const none = new FakeEngine([], () => true);

    expect(names(await findAccounts(one, 'jdoe', 'user'))).toEqual(['jdoe']);
    await expect(findAccounts(none, 'jdoe', 'user')).rejects.toThrow(EngineQueryRejectedError);
  });
});

describe('resolveAccounts, on an Engine that was asked before', () => {
  it('takes two objects once each, though the Engine finds both by either name (C1)', async () => {
    const client = new FakeEngine([{ name: 'akowal@FIELD' }, { name: 'AKowal@FIELD' }]);
    const exact = client.rows.bind(client);
    client.rows = async (statement, on) => [
      ...(await exact(statement.replace(/akowal/i, 'akowal'), on)),
      ...(await exact(statement.replace(/akowal/i, 'AKowal'), on)),
    ];
    const stored = ['akowal@FIELD', 'AKowal@FIELD'];
    const subject = { kind: 'user', name: 'akowal', found: [stored[0]!], foundOn: { 'engine-1-uid': stored } } as const;
    expect(names((await resolveAccounts(client, subject)).accounts)).toEqual(stored.toSorted());
  });
});

describe('accountsOf', () => {
  it('takes the objects of the wanted accounts in any case, and of no namesake', async () => {
    const all = await found(['jdoe@CORP', 'JDOE@corp', 'jdoe@LAB'], 'jdoe');

    expect(names(accountsOf(all, ['CORP\\jdoe'], 'user'))).toEqual(['JDOE@corp', 'jdoe@CORP']);
    expect(distinctAccounts('user', names(all))).toHaveLength(2);
  });
});

describe('resolveAccounts, on an Engine that was not asked before', () => {
  const subject = {
    kind: 'user',
    name: 'akowal',
    found: ['AKowal@FIELD'],
    foundOn: { 'other-uid': ['AKowal@FIELD'] },
  } as const;

  it('takes the account that another Engine holds in a case that no spelling has (C1)', async () => {
    const client = new FakeEngine([{ name: 'AKowal@FIELD' }, { name: 'akowal2@FIELD' }]);
    const { accounts, others } = await resolveAccounts(client, subject);
    expect([names(accounts), others]).toEqual([['AKowal@FIELD'], []]);
  });

  it('asks no more where the typed name finds it, and finds nobody where nobody is', async () => {
    const known = new FakeEngine([{ name: 'akowal@FIELD' }]);
    expect(names((await resolveAccounts(known, subject)).accounts)).toEqual(['akowal@FIELD']);
    expect(known.statements.filter((statement) => statement.includes('AKowal@FIELD'))).toEqual([]);
    const other = new FakeEngine([{ name: 'akowal2@FIELD' }]);
    expect(await resolveAccounts(other, subject)).toEqual({ accounts: [], others: [] });
  });

  it.each([
    ['found', { found: ['akowal@FIELD'] }, ['aKOWal@FIELD']],
    ['chosen', { accounts: ['akowal@FIELD', 'bnowak@FIELD'] }, ['aKOWal@FIELD', 'bnowak@FIELD']],
  ])(
    'takes an account that was %s elsewhere, in whatever case this Engine stores it (C1)',
    async (_, given, stored) => {
      const client = new FakeEngine([{ name: 'aKOWal@FIELD' }, { name: 'bnowak@FIELD' }]);
      const { accounts } = await resolveAccounts(client, { kind: 'user', name: 'akowal', ...given });
      expect(names(accounts)).toEqual(stored);
    },
  );

  it('names an account in another form of the domain than the one that was found elsewhere (C29a)', async () => {
    const client = new FakeEngine([{ name: 'jmeyer@corp.example' }]);
    const given = { kind: 'user', name: 'jmeyer@CORP', found: ['jmeyer@CORP'], foundOn: {} } as const;
    const { accounts, others } = await resolveAccounts(client, given);
    expect([accounts, new Set(names(others))]).toEqual([[], new Set(['jmeyer@corp.example'])]);
  });

  it('says that an Engine without patterns may hold it in another case', async () => {
    const client = new FakeEngine([{ name: 'aKOWal@FIELD' }], (statement) => statement.includes('pattern'));
    expect(await resolveAccounts(client, subject)).toEqual({ accounts: [], others: [], isUnsure: true });
    const exact = new FakeEngine([{ name: 'AKowal@FIELD' }], (statement) => statement.includes('pattern'));
    expect(names((await resolveAccounts(exact, subject)).accounts)).toEqual(['AKowal@FIELD']);
  });

  it('needs eight queries at most, and fewer for a login with digits (C1)', async () => {
    const queriesFor = async (name: string) => {
      const client = new FakeEngine([]);
      await resolveAccounts(client, { kind: 'user', name, accounts: [`${name}@FIELD`] });
      return client.statements.filter((statement) => /\(pattern "[^@"]+"\)/.test(statement)).length;
    };
    expect([await queriesFor('akowal'), await queriesFor('u123456')]).toEqual([8, 2]);
  });
});
