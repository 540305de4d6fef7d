import { expect, it } from 'vitest';
import { referenceMapping } from '../../../local/portal-database/portal-database.ts';
import { rolesScript } from '../../../local/portal-setup/roles-script.ts';

it('quotes names of the schema so that none ends a block of the script (R15)', async () => {
  const view = 'portal.x$do_run$;END $do$;ALTER ROLE eve SUPERUSER;--';
  const script = rolesScript({ ...(await referenceMapping()), derived: [view] }, ['portal']);

  const [, tag] = /^DO \$(do\d*)\$$/m.exec(script)!;
  expect(script.split(`$${tag}$`)).toHaveLength(3);
  expect(script.split(`$${tag}_run$`)).toHaveLength(3);
  expect(script).toContain('ON "portal"."x$do_run$;END $do$;ALTER ROLE eve SUPERUSER;--" TO gdpr_anonymize');
});
