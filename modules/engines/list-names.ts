import * as z from 'zod';
import type { ReadonlyDeep } from '../common/shapes.ts';
import type { Login } from '../requests/start-body.ts';
import { SubjectKind } from '../requests/subject.ts';
import type { CheckLoginPorts } from './check-account.ts';
import { queryFederation } from './find-subjects.ts';
import { someObjectsStatement } from './nxql.ts';
import type { AccountPolicy } from './settings.ts';
import { platformsOf } from './tables/tables.ts';

export const NamesView = z
  .strictObject({
    users: z.array(z.string()),
    devices: z.array(z.string()),
    missing: z
      .array(z.string())
      .describe('Names of Engines that did not answer, or know more names than can be listed'),
  })
  .describe('Names that the Engines know, to compare a Portal database with. Personal data: it is not stored');
type NamesView = ReadonlyDeep<z.infer<typeof NamesView>>;

/** Names of one kind on one Engine, and of one kind in the answer, which may have 6 MB. */
const MOST = { ofEngine: 20_000, names: 50_000 };

/** Lists names of users and devices, as the Engines store them. The login is checked first (R14). @throws as `checkLogin` */
export async function listNames(
  login: Login,
  policy: { readonly account: AccountPolicy },
  ports: CheckLoginPorts,
  most = MOST,
): Promise<NamesView> {
  const names = { user: new Set<string>(), device: new Set<string>() };
  const cut = new Set<string>();
  const { missing } = await queryFederation(login, 'list-names', policy, ports, async (client) => {
    for (const kind of SubjectKind.options) {
      const statement = someObjectsStatement(kind, ['id', 'name'], most.ofEngine);
      const rows = await client.rows(statement, platformsOf(kind), `engines/${kind}.csv`);
      if (rows.length >= most.ofEngine) cut.add(client.engine.name);
      for (const { name } of rows) {
        if (names[kind].size >= most.names) cut.add(client.engine.name);
        else if (name) names[kind].add(name.toWellFormed());
      }
    }
  });
  const away = missing.map(({ name }) => name);
  ports.log.info('names listed', { count: names.user.size + names.device.size });
  return { users: [...names.user], devices: [...names.device], missing: [...new Set([...away, ...cut])] };
}
