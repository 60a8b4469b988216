// iam-simulate as a peer: `node iam-simulate.mjs PACKAGES cases|bench [SCENARIO SECONDS]`
//
// PACKAGES is the folder the npm packages were installed into. `cases` reads one case a line and writes one answer
// a line; `bench` counts decisions of the scenario. Only the published interface of the package is used.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const [packages, mode, scenarioFile, seconds] = process.argv.slice(2);
const require = createRequire(resolve(packages, "package.json"));
const { anonymousPrincipal, isConditionKeyArray, runSimulation, runUnsafeSimulation, typeForContextKey } =
  require("@cloud-copilot/iam-simulate");

const WORDS = { Allowed: "allowed", ExplicitlyDenied: "explicitDeny", ImplicitlyDenied: "implicitDeny" };

const named = (policies) => (policies ?? []).map((policy, index) => ({ name: `policy-${index}`, policy }));
const levels = (list) => (list ?? []).map((policies, index) => ({ orgIdentifier: `level-${index}`, policies: named(policies) }));

/** The package adds RCPFullAWSAccess to every level itself and refuses it in the input */
const denying = (list) => (list ?? []).map((level) => level.filter(({ Statement }) => [Statement].flat().some(({ Effect }) => Effect === "Deny")));

/** Multivalued keys are given as lists, all others as one text, as the package's types ask */
async function contextOf(context) {
  const entries = await Promise.all(
    Object.entries(context ?? {}).map(async ([key, values]) => {
      const many = await typeForContextKey(key).then(isConditionKeyArray, () => values.length !== 1);
      return [key, many ? values : values[0]];
    }),
  );
  return Object.fromEntries(entries);
}

async function simulationOf(test) {
  const extra = test.extra ?? {};
  return {
    request: {
      principal: test.principal === "anonymous" ? anonymousPrincipal : test.principal,
      action: test.action,
      resource: { resource: test.resource, accountId: test.resourceAccount },
      contextVariables: await contextOf(test.context),
    },
    identityPolicies: named(test.identityPolicies),
    serviceControlPolicies: levels(test.scps),
    resourceControlPolicies: levels(denying(test.rcps)),
    resourcePolicy: test.resourcePolicy ?? undefined,
    sessionPolicy: test.sessionPolicy ?? undefined,
    permissionBoundaryPolicies: test.boundary ? named([test.boundary]) : undefined,
    vpcEndpointPolicies: extra.vpcEndpointPolicy ? named([extra.vpcEndpointPolicy]) : undefined,
    additionalSettings: { s3: { blockPublicAccess: extra.s3RestrictPublicBuckets ?? false } },
  };
}

async function answer(test) {
  try {
    const response = await runSimulation(await simulationOf(test), { simulationMode: "Strict" });
    if (response.resultType === "error") return { answer: "refused", why: JSON.stringify(response.errors) };
    return { answer: WORDS[response.overallResult] };
  } catch (error) {
    return { answer: "refused", why: String(error) };
  }
}

async function cases() {
  for await (const line of createInterface({ input: process.stdin })) {
    const test = JSON.parse(line);
    console.log(JSON.stringify({ id: test.id, ...(await answer(test)) }));
  }
}

function simulationsOf(scenario) {
  const level = (index) => ({ orgIdentifier: `level-${index}`, policies: named([scenario.scp]) });
  return scenario.reqs.map(([action, resource, context]) => ({
    request: {
      principal: scenario.principal,
      action,
      resource: { resource, accountId: scenario.acct },
      contextVariables: context,
    },
    identityPolicies: named(scenario.identity),
    serviceControlPolicies: [level(0), level(1), level(2)],
    resourceControlPolicies: [],
    resourcePolicy: action.startsWith("kms:") ? scenario.keypol : undefined,
    permissionBoundaryPolicies: named([scenario.boundary]),
  }));
}

/** Decisions a second of one way to ask, which has to allow every request */
async function rate(simulations, decide) {
  const round = async () => {
    for (const simulation of simulations) {
      const result = await decide(simulation);
      if (result !== "Allowed") throw new Error(`${simulation.request.action}: ${result}`);
    }
  };
  for (let warmUp = 0; warmUp < 20; warmUp++) await round();
  const start = performance.now();
  let decisions = 0;
  while (performance.now() - start < seconds * 1000) {
    await round();
    decisions += simulations.length;
  }
  return Math.round(decisions / ((performance.now() - start) / 1000));
}

async function bench() {
  const simulations = simulationsOf(JSON.parse(readFileSync(scenarioFile, "utf8")));
  const checked = await rate(simulations, async (simulation) => (await runSimulation(simulation, {})).overallResult);
  // Without its checks it fails on a resource policy, so the requests for the key are left out.
  const simple = simulations.filter((simulation) => !simulation.resourcePolicy);
  const unchecked = await rate(simple, (simulation) => runUnsafeSimulation(simulation, {}));
  console.log(JSON.stringify({ runSimulation: checked, [`runUnsafeSimulation (${simple.length} of 8 requests)`]: unchecked }));
}

await { cases, bench }[mode]();
