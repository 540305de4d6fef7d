import { App } from 'aws-cdk-lib';
import { readConfig } from './config.ts';
import { DataStack } from './data-stack.ts';
import { ServiceStack } from './service-stack.ts';

const app = new App();
const config = readConfig(app.node);
const data = new DataStack(app, `${config.stage}-data`, config);
new ServiceStack(app, `${config.stage}-service`, config, data);
