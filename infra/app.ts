import { App, Validations } from 'aws-cdk-lib';
import { readConfig } from './config.ts';
import { judges } from './judges.ts';
import { NexthinkGdpr } from './nexthink-gdpr.ts';

const app = new App();
const config = readConfig(app.node);
new NexthinkGdpr(app, config.stage, config); // names that CloudFront needs once in an account are made from this id
Validations.of(app).addPlugins(...judges());
