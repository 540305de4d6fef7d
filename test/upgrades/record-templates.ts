import { existsSync, writeFileSync } from 'node:fs';
import { TOOL_VERSION } from '../../modules/common/version.ts';
import { templatesOf } from '../infra/synthesize.ts';
import { factsOf } from './template-facts.ts';

const file = `test/upgrades/templates/${TOOL_VERSION}.json`;
if (existsSync(file)) throw new Error(`${file} is there: a released version is not recorded anew`);
const { data, service } = templatesOf();
const facts = { data: factsOf(data.toJSON()), service: factsOf(service.toJSON()) };
writeFileSync(file, `${JSON.stringify(facts, undefined, 2)}\n`);
