import { SFNClient } from '@aws-sdk/client-sfn';
import { sfnExecutions } from '../../modules/requests/adapters/sfn-executions.ts';
import { environment, once } from './environment.ts';

const sfn = /* @__PURE__ */ once(() => new SFNClient());
export const executions = /* @__PURE__ */ once(() =>
  sfnExecutions(sfn(), {
    retrieve: environment().RETRIEVE_STATE_MACHINE_ARN,
    anonymize: environment().ANONYMIZE_STATE_MACHINE_ARN,
    rehearse: environment().REHEARSE_STATE_MACHINE_ARN,
  }),
);
