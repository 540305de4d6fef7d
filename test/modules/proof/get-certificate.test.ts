import { expect, it } from 'vitest';
import { takeNonce } from '../../../modules/proof/get-certificate.ts';
import { aRequest, memoryRequests, memoryVault, silentLog } from '../../support/fakes.ts';

const { requestId } = aRequest();

/** A completed anonymization whose nonce nobody has asked for. */
async function setup() {
  const requests = memoryRequests(aRequest({ kind: 'anonymize', state: 'COMPLETED', certificate: {} as never }));
  const vault = memoryVault();
  await vault.seal(requestId, 'nonce', 'a2V5', new Date());
  return { requests, vault, log: silentLog };
}

it('hands the nonce out once, and tells the audit trail (R27)', async () => {
  const system = await setup();
  expect(await takeNonce(requestId, system)).toEqual({ nonce: 'a2V5' });
  await expect(takeNonce(requestId, system)).rejects.toThrow('nonce');
  const told = (await system.requests.listEvents(requestId)).map(({ what }) => what);
  expect(told).toEqual(['nonce-handed-out']);
});

it('keeps the nonce when the audit trail cannot be written', async () => {
  const system = await setup();
  const addEvent = async () => {
    throw new Error('no answer');
  };
  const deaf = { ...system, requests: { ...system.requests, addEvent } };
  await expect(takeNonce(requestId, deaf)).rejects.toThrow('no answer');
  expect(await takeNonce(requestId, system)).toEqual({ nonce: 'a2V5' });
});
