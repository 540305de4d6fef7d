import { dynamoAnchors } from '../../modules/proof/adapters/dynamo-anchors.ts';
import { dynamo } from './dynamo.ts';
import { environment, once } from './environment.ts';

/** Not in `tables.ts`: with all tables, and the library for time stamps, `anchor-audit` would come close to 1 MB. */
export const anchors = /* @__PURE__ */ once(() => dynamoAnchors(dynamo(), environment().REQUESTS_TABLE));
