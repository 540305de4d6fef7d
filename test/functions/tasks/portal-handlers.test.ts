import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { createHandler as createAnonymizePortal } from '../../../functions/tasks/anonymize-portal.ts';
import { createHandler as createMaintainPortal } from '../../../functions/tasks/maintain-portal.ts';
import { createHandler as createQueryPortal } from '../../../functions/tasks/query-portal.ts';
import { createHandler as createVerifyPortal } from '../../../functions/tasks/verify-portal.ts';
import { referenceMapping } from '../../../local/portal-database/portal-database.ts';
import { PortalMapping } from '../../../modules/portal/mapping/mapping.ts';
import {
  aFrame,
  anOutcome,
  aRehearsal,
  aRequest,
  aVerification,
  memoryParts,
  memoryRequests,
  memoryVault,
} from '../../support/fakes.ts';

const { requestId } = aRequest();
const context = { getRemainingTimeInMillis: () => 60_000 } as Context;

async function handlers() {
  const vault = memoryVault();
  await vault.seal(requestId, 'subject', { kind: 'user', name: 'jdoe' }, new Date());
  await vault.seal(requestId, 'nonce', 'bm9uY2U=', new Date());
  const parts = memoryParts();
  await parts.putFrame(requestId, 1, aFrame());
  const common = { vault, parts, requests: memoryRequests(aRequest({ state: 'RUNNING' })) };
  return [
    createQueryPortal(
      {
        ...common,
        clock: { now: () => new Date() },
        deflateLevel: 6,
        portalDatabase: { async *readSubject() {} },
      },
      PortalMapping.parse(await referenceMapping()),
    ),
    createAnonymizePortal({
      ...common,
      clock: { now: () => new Date() },
      random: (size) => new Uint8Array(size),
      mapping: await referenceMapping(),
      portalAnonymizer: { anonymize: async () => anOutcome({}) },
      rehearse: async () => aRehearsal(),
    }),
    createMaintainPortal({ ...common, portalMaintainer: { maintain: async () => [] } }),
    createVerifyPortal({ ...common, portalVerifier: { verify: async () => aVerification() } }),
  ];
}

describe('handlers of the Portal Tasks', () => {
  it('take ids and give nothing personal back (R24)', async () => {
    for (const handler of await handlers()) {
      expect(await handler({ requestId, attempt: 1 }, context)).toEqual({});
    }
  });

  it('refuse an event that carries more than ids, without repeating it (R23, R24)', async () => {
    for (const handler of await handlers()) {
      const event = { requestId, attempt: 1, name: 'jdoe' };
      const refusal: unknown = await handler(event, context).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ name: 'InvalidInputError' });
      expect(String(refusal)).not.toContain('jdoe');
    }
  });
});

describe('PortalMapping', () => {
  it('takes the mapping of the reference schema and refuses what does not fit together (R23)', async () => {
    const mapping = await referenceMapping();
    const [users] = mapping.tables;
    const wrong = [
      { ...mapping, tables: [{ ...users, table: 'users' }] },
      { ...mapping, tables: [{ ...users, coIdentifiers: [{ column: 'sid', beside: 'email' }] }] },
      { ...mapping, files: [{ ...mapping.files[0], from: 'portal.metrics' }] },
      {
        ...mapping,
        files: [{ ...mapping.files[0], columns: [{ header: 'x', column: 'x', table: 'portal.metrics' }] }],
      },
      { ...mapping, files: [{ ...mapping.files[0], file: '../users' }] },
    ];

    expect(PortalMapping.parse(mapping)).toEqual(mapping);
    for (const document of wrong) expect(PortalMapping.safeParse(document).success).toBe(false);
  });
});
