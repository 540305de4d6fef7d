import { KMSClient } from '@aws-sdk/client-kms';
import { kmsMacs } from '../../modules/common/adapters/kms-hmac.ts';
import { kmsSigner } from '../../modules/proof/adapters/kms-signer.ts';
import { kmsVault } from '../../modules/requests/adapters/kms-vault.ts';
import { dynamo } from './dynamo.ts';
import { clock, environment, once } from './environment.ts';
import { requestPorts } from './tables.ts';

export const kms = /* @__PURE__ */ once(() => new KMSClient());
export const macs = /* @__PURE__ */ once(() => kmsMacs(kms(), environment().MAC_KEY_ID));
export const vault = /* @__PURE__ */ once(() =>
  kmsVault(kms(), dynamo(), { table: environment().SEALED_TABLE, keyId: environment().SEAL_KEY_ID, clock }),
);
/** What a use case needs that opens or seals something of a Request. */
export const sealedPorts = () => ({ ...requestPorts(), vault: vault() });
export const signer = /* @__PURE__ */ once(() => kmsSigner(kms(), environment().SIGN_KEY_ID));
